import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { postJson } from '../../../src/outbound/signed-post.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';

// Later files in the same process get the real function back.
const lookup = vi.spyOn(dns, 'lookup');
syncBuiltinESMExports();

const message = { headers: {}, body: '{}' };
const never = new AbortController().signal;
const loopback: LookupAddress = { address: '127.0.0.1', family: 4 };

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => {
  lookup.mockRestore();
  syncBuiltinESMExports();
  await receiver.stop();
});
afterEach(() => lookup.mockReset());

/** The addresses of the name, call by call. */
function resolvingTo(...answers: LookupAddress[][]) {
  for (const answer of answers) lookup.mockResolvedValueOnce(answer as never);
}

describe('the name of an endpoint', () => {
  it('is resolved once, and the connection uses that address', async () => {
    resolvingTo([loopback]);
    const url = `http://app.example:${receiver.port}/`;
    expect((await postJson({ url, allowPrivate: true }, message, never)).status).toBe(204);
    expect(lookup).toHaveBeenCalledTimes(1);
    expect(receiver.received.at(-1)?.headers.host).toBe(`app.example:${receiver.port}`);
  });

  it('is refused if one of its addresses is not public', async () => {
    resolvingTo([{ address: '93.184.215.14', family: 4 }, loopback]);
    const before = receiver.received.length;
    const url = `http://rebound.example:${receiver.port}/`;
    await expect(postJson({ url }, message, never)).rejects.toThrow('its address is not public');
    expect(receiver.received).toHaveLength(before);
  });

  it('is what TLS asks for, instead of the address', async () => {
    const asked: string[] = [];
    const server = createServer({
      SNICallback(name, answer) {
        asked.push(name);
        answer(new Error('no certificate here'));
      },
    }).on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    resolvingTo([loopback]);
    const { port } = server.address() as AddressInfo;
    const url = `https://app.example:${port}/`;
    await expect(postJson({ url, allowPrivate: true }, message, never)).rejects.toThrow(
      /^no answer \(/,
    );
    expect(asked).toEqual(['app.example']);
    await new Promise((resolve) => server.close(resolve));
  });

  it('that does not resolve in time makes the post fail', async () => {
    lookup.mockReturnValueOnce(new Promise(() => {}) as never);
    const limits = { ms: 300, bytes: 1 };
    const sending = postJson({ url: 'https://slow.example/' }, message, never, limits);
    await expect(sending).rejects.toThrow('no answer within 0.3 s');
  });
});
