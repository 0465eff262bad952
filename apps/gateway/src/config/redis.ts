import { isRedisUrl, namespacePattern } from '@tributary/backplane';
import { serverTrustSchema } from '@tributary/runtime';
import { z } from 'zod';
import { crossCheck } from './cross-check.ts';

const options = z.strictObject({
  url: z
    .string()
    .refine(isRedisUrl, 'must be a redis:// or rediss:// URL')
    .meta({ secret: true, accepts: 'a redis:// or rediss:// URL' })
    .default('redis://127.0.0.1:6379')
    .describe('Where Redis is: `redis://[user:password@]host[:port][/db]`, or `rediss://…` over TLS.'),
  tls: serverTrustSchema.optional().describe('Which certificates of a `rediss://` server are believed.'),
  namespace: z
    .string()
    .regex(namespacePattern)
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
