import { MooringClient } from '../index.ts';

/** Connects to Temporal with the environment's settings, and always closes the connection. */
export async function withClient<T>(use: (mooring: MooringClient) => Promise<T>): Promise<T> {
  const mooring = await MooringClient.connect();
  try {
    return await use(mooring);
  } finally {
    await mooring.close();
  }
}
