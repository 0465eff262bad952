import { z } from 'zod';
import { breakerSchema, cacheSeconds, fileSchema, maxCached, nameSchema, serverUrl } from './auth-parts.ts';

const kib = 1024;

/** A server that knows devices. */
export const webhookSchema = z.strictObject({
  type: z.literal('webhook').describe('A server of yours is asked by HTTP POST.'),
  name: nameSchema,
  url: serverUrl.describe('Where the question is posted. Redirects are not followed.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().max(4096))
    .default({})
    .meta({ secret: true, accepts: 'a map of header names to texts' })
    .describe('Sent with each question, such as `authorization`.'),
  caFile: fileSchema
    .optional()
    .describe('PEM file with the authorities of that server. Unset: those every Node knows.'),
  cacheSeconds: cacheSeconds(
    3600,
    60,
    'How long an answer that lets a device in is remembered, s, unless it says less. 0: never.',
  ),
  denyCacheSeconds: cacheSeconds(
    300,
    5,
    'The same for one that does not, s. A few, so that whoever tries on does not become a flood.',
  ),
  maxCached,
  maxAnswerBytes: z
    .int()
    .min(256)
    .max(1024 * kib)
    .default(16 * kib)
    .describe('Largest answer, bytes; more counts as a failure.'),
  maxAsking: z.int().min(1).max(1024).default(32).describe('Questions at a time.'),
  maxWaiting: z
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('Devices that wait for that; more are told `server-busy`.'),
  breaker: breakerSchema.prefault({}).describe('When its server is left alone.'),
});
