/**
 * With this key the recorded histories are encrypted, so that they are stored as production stores them
 * and can be replayed by everybody. It protects nothing: all that was recorded came from a sandbox.
 */
export const historyKey = 'history:bFzGVVhezGf6pW9/dc/azU0wbuAWfxVvj+FhCY9a6nQ=';
