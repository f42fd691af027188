import type { DisconnectHandle, DisconnectReceipt } from '../../src/index.ts';

/** The receipt of a disconnect that nobody has stopped. */
export async function receiptOf(handle: DisconnectHandle): Promise<DisconnectReceipt> {
  const result = await handle.result();
  if (result.outcome === 'disconnected') return result.receipt;
  throw new Error(`the account was kept as ${result.account.status}`);
}
