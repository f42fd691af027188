import { openGateway } from '../../src/gateway.ts';

/** A gateway in a process of its own, as `mooring gateway` is one. Sends its URL to its parent. */
const { url } = await openGateway(process.env);
// It never outlives the bench, however that ends.
process.once('disconnect', () => process.exit());
process.send?.(url);
