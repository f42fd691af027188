/**
 * The workflow types that this worker serves. Histories store their names, so the names never
 * change.
 */
export { accountCommand } from './change/account-command.ts';
export { bulkRefresh } from './sweep/bulk-refresh.ts';
export { connectUser } from './connect/connect-user.ts';
export { deliverEvent } from './events/deliver-event.ts';
export { awaitReauth } from './refresh/reauth.ts';
export { planDisconnect } from './disconnect/plan-disconnect.ts';
export { reconnectLink } from './connect/reconnect-link.ts';
export { refreshConnection } from './refresh/refresh-connection.ts';
export { retireAccount } from './disconnect/retire-account.ts';
export { revokeThenDelete } from './disconnect/revoke-then-delete.ts';
export { userAccess } from './access/user-access.ts';
