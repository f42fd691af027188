import type { SandboxControl } from '../../sandbox/control.ts';
import type { Sandbox } from '../../sandbox/index.ts';

/** Throws if the account of the canary user has changed. No test is about that user. */
export async function canaryUntouched(
  { canary: { userId, connectedAccountId } }: Pick<Sandbox, 'canary'>,
  control: SandboxControl,
): Promise<void> {
  const rows = await control.accounts({ userId });
  const row = rows.find(({ id }) => id === connectedAccountId);
  const touched = (await control.writes({ userId })).some(({ by }) => by === 'api');
  const { refresh } = await control.introspect(connectedAccountId);
  if (touched || row?.status !== 'ACTIVE' || row.deleted || refresh !== true) {
    throw new Error('the canary account of another user was touched');
  }
}
