import type { Client } from '@temporalio/client';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { StartContext } from './start-context.ts';

/** What the parts of `MooringClient` share. They keep it in a private field, out of every log. */
export interface ClientCore {
  temporal: Client;
  context: StartContext;
  /** MOORING_CREDENTIAL_KEYS, which seal credentials. */
  credentialKeys: KeyRing | undefined;
}
