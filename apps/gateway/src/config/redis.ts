import { isPin, parseRedisUrl } from '@tributary/backplane';
import { z } from 'zod';
import { crossCheck } from './cross-check.ts';

const tlsSchema = z.strictObject({
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file with the authorities to trust, in place of those of this machine. Read at the start.',
    ),
  spki: z
    .array(z.string().refine(isPin, 'must be a SHA-256 in base64').meta({ accepts: 'a SHA-256 in base64' }))
    .max(10)
    .default([])
    .describe(
      'Pins: the key of its certificate must be one of these, too (SHA-256 of the SubjectPublicKeyInfo). Name the next ' +
        'key before it is in use.',
    ),
});

const options = z.strictObject({
  url: z
    .string()
    .refine(isRedisUrl, 'must be a redis:// or rediss:// URL')
    .meta({ secret: true, accepts: 'a redis:// or rediss:// URL' })
    .default('redis://127.0.0.1:6379')
    .describe('Where Redis is: `redis://[user:password@]host[:port][/db]`, or `rediss://…` over TLS.'),
  tls: tlsSchema.optional().describe('Which certificates of a `rediss://` server are believed.'),
  namespace: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .meta({ accepts: '1 to 32 lower-case letters, digits and dashes' })
    .default('tributary')
    .describe('First part of every key; fleets with different namespaces share a Redis without meeting.'),
  replyTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(5000)
    .describe(
      'Longest wait for a reply before the connection counts as broken, ms. Above the pauses a fork of Redis makes.',
    ),
  connectTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(2000)
    .describe('Longest wait for a connection before trying again, ms. Leaves room for one lost SYN.'),
});

const facts = z.object({ url: z.string(), tls: z.unknown().optional() });

/** Where Redis is, and how it is asked. */
export const redisSchema = options.check(
  crossCheck(facts, ({ url, tls }) =>
    tls === undefined || url.startsWith('rediss:')
      ? []
      : [{ path: ['tls'], message: 'is set, but redis.url does not begin with rediss://' }],
  ),
);

/** What the connections themselves will make of it. */
function isRedisUrl(text: string): boolean {
  try {
    parseRedisUrl(text);
    return true;
  } catch {
    return false;
  }
}
