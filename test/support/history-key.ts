/**
 * The key of the tests and the recorded histories. So histories are stored as in production, and
 * everybody can replay them. All test files share the key, because one file may list what another
 * file has written. The key protects nothing: all recorded data came from a sandbox.
 */
export const historyKey = 'history:bFzGVVhezGf6pW9/dc/azU0wbuAWfxVvj+FhCY9a6nQ=';
