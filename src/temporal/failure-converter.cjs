'use strict';

// CommonJS, because the SDK requires this file by its path, in the process and again in the workflow bundle.
const { DefaultFailureConverter } = require('@temporalio/common');

/** Moves messages and stack traces of failures into a payload, which the codec encrypts. Types stay in clear. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
