'use strict';

// CommonJS, because the SDK requires this file by its path, in the process and in the workflow
// bundle.
const { DefaultFailureConverter } = require('@temporalio/common');

/**
 * Moves messages and stack traces of failures into a payload, which the codec encrypts. Failure
 * types stay unencrypted.
 */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
