/** The workflow types that this worker serves. Their names stand in histories and never change. */
export { accountCommand } from './account-command.ts';
export { bulkRefresh } from './bulk-refresh.ts';
export { connectUser } from './connect-user.ts';
export { deliverEvent } from './deliver-event.ts';
export { needsUser } from './needs-user.ts';
export { planDisconnect } from './plan-disconnect.ts';
export { reconnectLink } from './reconnect-link.ts';
export { refreshConnection } from './refresh-connection.ts';
export { retireAccount } from './retire.ts';
export { revokeThenDelete } from './revoke-then-delete.ts';
export { userAccess } from './user-access.ts';
