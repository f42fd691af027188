/* An endpoint that has only `mooring/verify`. */
import { type MooringEvent, MooringError, verifyEvent } from 'mooring/verify';

function receive(headers: Headers, body: string, secret: string): MooringEvent | string {
  try {
    return verifyEvent({ headers, rawBody: body, secrets: secret });
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    return error.message;
  }
}

console.log(receive(new Headers(), '{}', 'whsec_c2VjcmV0'));
