import { expect, it } from 'vitest';
import { findFreePort, requireFreePort } from '../../../src/process/ports.ts';

it('a free port is one that the system gives to no outgoing connection', async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, () => findFreePort()));
  expect(Math.min(...ports)).toBeGreaterThan(10_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(new Set(ports).size).toBeGreaterThan(90);
  for (const port of ports) await requireFreePort(port, 'this test');
});
