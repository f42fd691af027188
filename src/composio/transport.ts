import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { type Dispatcher, request } from 'undici';
import { offContract } from './errors.ts';
import type { RateGate } from './rate-limiter.ts';

/** A hundred accounts with all their state are below 1 MiB; this only stops an answer without end. */
const maxBodyBytes = 16 * 1_024 * 1_024;

const decoders = { gzip: promisify(gunzip), br: promisify(brotliDecompress) };

/**
 * What the client takes for its `fetch`: sends one request and reads its whole answer. The client's timeout
 * and signal end with it, so with the body read in here they bound the body too. No redirect is followed: the
 * client would turn a POST into a GET and call what it finds a success.
 *
 * Node's own `fetch`, and a body in its `Response`, take twice the processor time, for streams and their clones.
 */
export function createTransport(gate: RateGate): typeof fetch {
  return async (url, init) => {
    const sent = new Headers(init?.headers);
    sent.set('accept-encoding', Object.keys(decoders).join(', '));
    const answer = await request(url as string, {
      method: init?.method as Dispatcher.HttpMethod,
      headers: sent,
      body: init?.body as string,
      signal: init?.signal,
    });
    const status = answer.statusCode;
    const headers = new Headers();
    for (const [name, value = []] of Object.entries(answer.headers)) {
      for (const one of [value].flat()) headers.append(name, one);
    }
    gate.observe(headers, status);
    if (status >= 300 && status < 400) {
      answer.body.on('error', () => {}).destroy();
      throw offContract('a redirect', { status, headers });
    }
    return new ReadResponse(await readBody(answer.body, { status, headers }), { status, headers });
  };
}

/** Of an answer that is read nothing streams any more: the clone that the client reads may be the same. */
class ReadResponse extends Response {
  readonly #text: string;

  constructor(body: Buffer, head: ResponseInit) {
    super(null, head);
    this.#text = body.toString();
  }

  override readonly clone = () => this;
  override readonly text = async () => this.#text;
  override readonly json = async (): Promise<unknown> => JSON.parse(this.#text);
}

type Head = Pick<Response, 'status' | 'headers'>;

async function readBody(body: AsyncIterable<Buffer>, head: Head): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw tooLong(head);
    chunks.push(chunk);
  }
  const encoding = head.headers.get('content-encoding');
  const decode = decoders[encoding as keyof typeof decoders];
  const whole = Buffer.concat(chunks);
  if (decode === undefined || bytes === 0) return whole;
  return decode(whole, { maxOutputLength: maxBodyBytes }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLong(head) : error;
  });
}

function tooLong(head: Head) {
  return offContract(`more than ${maxBodyBytes} bytes`, head);
}
