import { z } from 'zod';

/** Names of authenticators as the chain and `listeners[].auth` use them. */
export const authenticatorName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
  .meta({ accepts: '1 to 32 lower-case letters, digits and dashes' });

/** The name of an entry of the chain. */
export const nameSchema = authenticatorName
  .refine(
    (name) => name !== 'anonymous' && name !== 'chain',
    'must not be `anonymous` or `chain`, which mean something',
  )
  .optional()
  .meta({ defaultText: 'its type' })
  .describe('Names it in `listeners[].auth`, logs and metrics; unique in the chain.');

/** A file, named by its path. */
export const fileSchema = z.string().min(1).max(4096);

/** An `https:` URL, or `http:` to this very host. */
export const serverUrl = z
  .string()
  .max(2048)
  .refine(isServerUrl, 'must be an https: URL, or an http: URL of a loopback address')
  .meta({ accepts: 'an https: URL, or an http: URL of a loopback address', secret: true });

/** How long answers are remembered. */
export const cacheSeconds = (most: number, usual: number, why: string): z.ZodDefault<z.ZodInt> =>
  z.int().min(0).max(most).default(usual).describe(why);

export const maxCached = z
  .int()
  .min(0)
  .max(1_000_000)
  .default(10_000)
  .describe('Answers remembered at a time; the oldest leaves. 10,000 are about 2 MB.');

/** When a server that fails is left alone. */
export const breakerSchema = z.strictObject({
  maxFailures: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe(
      'Failures in a row after which the server is not asked any more: it is refused at once, `auth-unavailable`.',
    ),
  timeoutMs: z
    .int()
    .min(50)
    .max(30_000)
    .default(2000)
    .describe(
      'Longest wait for a whole answer, ms; then it counts as a failure. Well below the handshake deadline.',
    ),
  resetTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(10_000)
    .describe('How long it is left alone then, ms. After that it is asked by one at a time.'),
  halfOpenSuccess: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe(
      'Answers in a row after which everybody asks again. Two, so that one lucky answer is not enough.',
    ),
});

function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
}
