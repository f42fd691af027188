import { MooringClient } from '../index.ts';

/** Connects to Temporal by the environment, and lets go of it whatever happens. */
export async function withClient<T>(use: (mooring: MooringClient) => Promise<T>): Promise<T> {
  const mooring = await MooringClient.connect();
  try {
    return await use(mooring);
  } finally {
    await mooring.close();
  }
}
