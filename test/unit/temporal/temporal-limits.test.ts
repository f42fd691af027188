import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { connectAndRecordLimits } from '../../../src/temporal/temporal-limits.ts';

it('a connection that could not be opened does not keep trying', async () => {
  let tries = 0;
  const server = createServer((socket) => {
    tries++;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const opened = connectAndRecordLimits({ address, connectTimeout: 500 });
  await expect(opened).rejects.toThrow('before the deadline');
  expect(tries).toBeGreaterThan(0);
  // A try that had been planned when the channel closed may still come.
  await sleep(2_000);
  const before = tries;
  // An open channel of gRPC would try again after two and after four seconds.
  await sleep(5_000);
  expect(tries).toBe(before);
  server.close();
});
