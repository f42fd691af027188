import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

/**
 * What the proxy does with a call of this method, such as `GetSystemInfo`. By default it forwards
 * the call.
 */
export type Breakage = (method: string) => 'pass' | 'hang' | { status: number; message: string };

const { HTTP2_HEADER_PATH: path, HTTP2_HEADER_STATUS: httpStatus } = http2.constants;
const closed = () => {};

/** A proxy between a client and Temporal that breaks the calls that a test selects. */
export class GrpcProxy {
  readonly #server = http2.createServer();
  readonly #sessions = new Set<http2.Http2Session>();
  readonly #upstream: http2.ClientHttp2Session;
  breakage: Breakage = () => 'pass';

  constructor(address: string) {
    this.#upstream = http2.connect(`http://${address}`);
    this.#server.on('session', (session) => this.#sessions.add(session));
    this.#server.on('stream', (stream, headers) => this.#onCall(stream, headers));
  }

  /** Returns the address where it listens. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing answers at that address. */
  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    this.#upstream.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #onCall(call: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    call.on('error', closed);
    const does = this.breakage(String(headers[path]).split('/').at(-1) ?? '');
    if (does === 'hang') return void call.resume();
    if (does !== 'pass') {
      const refused = { 'grpc-status': String(does.status), 'grpc-message': does.message };
      const answer = { [httpStatus]: 200, 'content-type': 'application/grpc', ...refused };
      call.resume();
      call.respond(answer, { endStream: true });
      return;
    }
    this.#passOn(call, headers).catch(() => call.destroy());
  }

  async #passOn(call: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): Promise<void> {
    const onward = this.#upstream.request({ ...headers });
    call.on('close', () => onward.destroy());
    call.pipe(onward);
    let trailers: http2.IncomingHttpHeaders = {};
    onward.on('trailers', (last: http2.IncomingHttpHeaders) => (trailers = last));
    const [answer, flags] = (await once(onward, 'response')) as [http2.IncomingHttpHeaders, number];
    // A refusal consists of headers only.
    if ((flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
      call.respond(answer, { endStream: true });
      return;
    }
    const chunks = (await onward.toArray()) as Buffer[];
    call.respond(answer, { waitForTrailers: true });
    call.on('wantTrailers', () => call.sendTrailers(trailers));
    call.end(Buffer.concat(chunks));
  }
}
