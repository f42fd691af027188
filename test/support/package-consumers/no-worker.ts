/* A backend whose worker does not run. Prints the refusal of its first call. */
import { MooringClient, MooringError } from 'mooring';

async function main() {
  const mooring = await MooringClient.connect();
  const user = { userId: `user_${Date.now()}`, authConfigId: 'ac_gmail' };
  await mooring
    .connectUser({ ...user, returnUrl: 'https://app.example/done' })
    .catch((error: unknown) => {
      if (!(error instanceof MooringError)) throw error;
      console.log(`${error.code}: ${error.message}`);
    });
  await mooring.close();
}

void main();
