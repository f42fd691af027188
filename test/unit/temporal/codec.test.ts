import { createRequire } from 'node:module';
import {
  ApplicationFailure,
  type FailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { MooringError } from '../../../src/domain/errors.ts';
import {
  generateKey,
  parseKeyRing,
  TamperedError,
  UnknownKeyError,
} from '../../../src/crypto/key-ring.ts';
import { createCodec } from '../../../src/temporal/codec.ts';
import { dataConverter, requireEncryption } from '../../../src/temporal/data-converter.ts';
import {
  failureConverterPath,
  workerDataConverter,
} from '../../../src/temporal/worker-data-converter.ts';

const keyA = generateKey('a');
const keyB = generateKey('b');
const codec = createCodec(parseKeyRing(keyA));
const plain = defaultPayloadConverter.toPayload({ redirectUrl: 'https://secret.example' });
const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('latin1');

describe('the codec', () => {
  it('encrypts a complete payload, and returns it unchanged', async () => {
    const [stored] = await codec.encode([plain]);
    expect(text(stored?.metadata?.encoding)).toBe('binary/encrypted');
    expect(text(stored?.metadata?.['encryption-key-id'])).toBe('a');
    expect(Object.keys(stored?.metadata ?? {})).toHaveLength(2);
    expect(text(stored?.data)).not.toMatch(/secret|json/);
    const [back] = await codec.decode([stored!]);
    expect(text(back?.metadata?.encoding)).toBe('json/plain');
    expect(defaultPayloadConverter.fromPayload(back!)).toEqual({
      redirectUrl: 'https://secret.example',
    });
  });

  it('leaves an unencrypted payload unchanged', async () => {
    const [stored] = await codec.encode([plain]);
    const decoded = await codec.decode([plain, stored!, {}]);
    expect(decoded[0]).toBe(plain);
    expect(decoded[2]).toEqual({});
  });

  it('throws on an unknown key after it has called the hook', async () => {
    const unknown: string[] = [];
    const other = createCodec(parseKeyRing(keyB), { onUnknownKey: (id) => unknown.push(id) });
    await expect(other.decode(await codec.encode([plain]))).rejects.toThrow(
      new UnknownKeyError('a'),
    );
    expect(unknown).toEqual(['a']);
  });

  it('throws on a payload that was changed', async () => {
    const [stored] = await codec.encode([plain]);
    const data = Buffer.from(stored!.data!);
    data[20]! ^= 1;
    await expect(codec.decode([{ ...stored, data }])).rejects.toThrow(TamperedError);
    const { encoding } = stored!.metadata!;
    const nameless = { metadata: { encoding: encoding! }, data };
    await expect(codec.decode([nameless])).rejects.toThrow(TamperedError);
  });

  it('still reads after a rotation', async () => {
    const rotated = createCodec(parseKeyRing(`${keyB},${keyA}`));
    const [back] = await rotated.decode(await codec.encode([plain]));
    expect(text(back?.data)).toBe(text(plain.data));
    const [written] = await rotated.encode([plain]);
    expect(text(written?.metadata?.['encryption-key-id'])).toBe('b');
  });
});

describe('the failure converter', () => {
  it('moves message and stack into a payload, and keeps the type', () => {
    const { failureConverter } = createRequire(import.meta.url)(failureConverterPath) as {
      failureConverter: FailureConverter;
    };
    const failure = failureConverter.errorToFailure(
      ApplicationFailure.create({ message: 'secret', type: 'ERR_API_UNAVAILABLE' }),
      defaultPayloadConverter,
    );
    expect(failure.message).toBe('Encoded failure');
    expect(failure.stackTrace).toBe('');
    expect(failure.applicationFailureInfo?.type).toBe('ERR_API_UNAVAILABLE');
    expect(failureConverter.failureToError(failure, defaultPayloadConverter).message).toBe(
      'secret',
    );
  });
});

describe('dataConverter', () => {
  it('is the default one without keys', () => {
    expect(dataConverter()).toEqual({});
    expect(dataConverter({ encryptionKeys: undefined })).toEqual({});
    expect(workerDataConverter({ encryptionKeys: undefined })).toEqual({});
  });

  it('encrypts payloads with keys, and needs no file, so that a client can be bundled', () => {
    const converter = dataConverter({ encryptionKeys: parseKeyRing(keyA) });
    expect(converter.payloadCodecs).toHaveLength(1);
    expect(converter.failureConverterPath).toBeUndefined();
  });

  it('of a worker encrypts failure texts too', () => {
    const converter = workerDataConverter({ encryptionKeys: parseKeyRing(keyA) });
    expect(converter.payloadCodecs).toHaveLength(1);
    expect(converter.failureConverterPath).toMatch(/failure-converter\.cjs$/);
  });
});

describe('requireEncryption', () => {
  it('refuses a start without keys, with any Temporal, unless the setting allows it', () => {
    const check = (keys?: string, allowPlaintext = false) =>
      requireEncryption({ keys: keys === undefined ? keys : parseKeyRing(keys), allowPlaintext });
    expect(() => check()).toThrow(MooringError);
    expect(() => check()).toThrow('mooring keygen');
    expect(() => check(keyA)).not.toThrow();
    expect(() => check(undefined, true)).not.toThrow();
  });
});
