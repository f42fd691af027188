import { z } from 'zod';

/** Standard Webhooks requires 24 to 64 random bytes. */
const leastBytes = 24;
const mostBytes = 64;

const signingSecretSchema = z.string().refine((text) => {
  const [, base64 = ''] = /^whsec_([\w+/]+=*)$/.exec(text) ?? [];
  const key = Buffer.from(base64, 'base64');
  return key.toString('base64') === base64 && key.length >= leastBytes && key.length <= mostBytes;
}, `is not whsec_ and base64 of ${leastBytes} to ${mostBytes} bytes`);

/** One secret, or two during a rotation. */
export const signingSecretsSchema = z
  .array(signingSecretSchema)
  .min(1, 'is empty')
  .max(2, 'has more than two');
