import { openGateway } from '../../src/gateway.ts';

/** A gateway in a process of its own, like `mooring gateway`. Sends its URL to its parent. */
const { url } = await openGateway();
// It exits with the bench, however that ends.
process.once('disconnect', () => process.exit());
process.send?.(url);
