import { z } from 'zod';
import { serviceClasses } from '../quality/index.ts';
import { bandCountsSchema, penaltiesSchema } from './quality.ts';

/** Most columns a chart is given: history comes binned, never as raw points. */
export const maxHistoryColumns = 240;

/** Ticks above a chart. */
export const markSchema = z.object({
  /** Unix ms. */
  at: z.number(),
  kind: z.enum(['node-started', 'node-left', 'node-lost', 'drain', 'alarm', 'action']),
  text: z.string(),
});
export type Mark = z.infer<typeof markSchema>;

export const historyQuerySchema = z.strictObject({
  /** Unix ms; both or none. Without them the last `rangeMs`. */
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
  rangeMs: z.coerce
    .number()
    .int()
    .min(60_000)
    .max(30 * 86_400_000)
    .default(3_600_000),
  /** Only this node (`id`, all its incarnations, or `id.incarnation`). */
  node: z.string().max(256).optional(),
  /** Only this service class: quality alone, since the rest is not told by class. */
  class: z.enum(serviceClasses).optional(),
  columns: z.coerce.number().int().min(10).max(maxHistoryColumns).default(maxHistoryColumns),
});
export type HistoryQuery = z.infer<typeof historyQuerySchema>;

/** One column: averages over its time. Null where nobody reported. */
export const historyColumnSchema = z.object({
  /** Unix ms of its beginning. */
  at: z.number(),
  /** Mean number of connected devices in each band; the strip stacks them. */
  bands: bandCountsSchema.nullable(),
  /** 21 score bins of five points each (0–4 … 95–99, 100), mean numbers of devices. For the density view. */
  bins: z.array(z.number()).length(21).nullable(),
  /** Points lost by cause, mean per scored device. */
  lost: penaltiesSchema.nullable(),
  connections: z.number().nullable(),
  /** Per second. */
  messagesIn: z.number().nullable(),
  stored: z.number().nullable(),
  bytesIn: z.number().nullable(),
  connects: z.number().nullable(),
  disconnects: z.number().nullable(),
  loopDelayMs: z.number().nullable(),
  rssBytes: z.number().nullable(),
  redisLatencyMs: z.number().nullable(),
  /** Over devices whose round trip is measured, ms. */
  rttP50: z.number().nullable(),
  rttP95: z.number().nullable(),
});
export type HistoryColumn = z.infer<typeof historyColumnSchema>;

/** `GET /api/v1/fleet/history`, `GET /api/v1/nodes/:node/history`. */
export const historySchema = z.object({
  from: z.number(),
  to: z.number(),
  /** Width of a column. */
  stepMs: z.number(),
  /** Which roll-up it was made from. */
  source: z.enum(['15s', '1m', '10m']),
  columns: z.array(historyColumnSchema),
  marks: z.array(markSchema),
  /** Versions of the formula within the range; more than one means that scores are not comparable. */
  formulaVersions: z.array(z.number()),
  /** How many nodes reported, of how many there were: "3 of 4 nodes answered". */
  nodes: z.object({ reported: z.int(), known: z.int() }),
});
export type History = z.infer<typeof historySchema>;
