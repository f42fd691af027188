/*
 * A backend that has only the package `mooring`. Prints what it got, as one JSON object.
 */
import { MooringClient, MooringError, verifyEvent } from 'mooring';
import * as accounts from 'mooring/accounts';
import * as verify from 'mooring/verify';

async function main() {
  const refused = (() => {
    try {
      return verifyEvent({ headers: {}, rawBody: '{}', secrets: 'whsec_c2VjcmV0' });
    } catch (error) {
      return error instanceof MooringError && error.details.field;
    }
  })();
  const answer = await MooringClient.connect().then(
    async (mooring) => {
      // A row is decrypted with the keys, so this fails if the codec is missing.
      const open = await mooring.events.list({ limit: 1 })[Symbol.asyncIterator]().next();
      await mooring.close();
      return { listed: open.done === true || open.value.id !== '' };
    },
    (error: unknown) => {
      if (!(error instanceof MooringError)) throw error;
      return { code: error.code, message: error.message };
    },
  );
  console.log(
    JSON.stringify({
      refused,
      sameError: verify.MooringError === MooringError && accounts.MooringError === MooringError,
      ...answer,
    }),
  );
}

void main();
