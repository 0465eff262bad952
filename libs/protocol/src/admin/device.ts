import { z } from 'zod';
import { bandSchema, causeSchema, penaltiesSchema } from './quality.ts';

/**
 * What an operator is told about a device. `unknown`: its node is silent or was lost, so nobody can say. A device
 * is never called offline because a node went quiet.
 */
export const deviceStates = ['connected', 'offline', 'unknown'] as const;
export type DeviceState = (typeof deviceStates)[number];

/** The most rows one page and one live subscription may have. */
export const maxPageRows = 200;

/** Columns a list may be ordered by. */
export const deviceSortKeys = [
  'id',
  'state',
  'attention',
  'score',
  'rtt',
  'jitter',
  'loss',
  'flaps',
  'backlog',
  'rate',
  'messages',
  'node',
  'class',
  'lastSeen',
  'connectedAt',
] as const;
export type DeviceSortKey = (typeof deviceSortKeys)[number];

/** An order of a list: a column, with `-` in front descending. Ties are broken by id; what is not known comes last. */
export type DeviceSort = DeviceSortKey | `-${DeviceSortKey}`;
export const deviceSorts = deviceSortKeys.flatMap((key): DeviceSort[] => [key, `-${key}`]);
const deviceSortSchema = z.custom<DeviceSort>(
  (value) => deviceSorts.includes(value as DeviceSort),
  'not an order of this list',
);

/** A sparkline has one character for each 15 s, oldest first, at most so many. */
export const sparkPoints = 40;

/** One line of the device table. Times are Unix milliseconds, 0 is never. */
export const deviceRowSchema = z.object({
  id: z.string(),
  state: z.enum(deviceStates),
  /** Why it is not connected: a key of the close-reason table, or `node-silent`. Empty while connected. */
  reason: z.string(),
  /** `mqtt3.1.1`, `mqtt5` or `tributary.v1`; empty when not known. */
  protocol: z.string(),
  /** `tcp` or `ws`. */
  transport: z.string(),
  /** The node it is, or was last, connected to: `id.incarnation`. */
  node: z.string(),
  /** Remote `address:port`. */
  address: z.string(),
  /** Messages per second over the last sample interval. */
  rate: z.number(),
  /** Messages since its record began. */
  messages: z.number(),
  lastSeen: z.number(),
  connectedAt: z.number(),
  disconnectedAt: z.number(),
  /** Service class. */
  class: z.string(),
  /** 0 to 100; null: not known. */
  score: z.number().nullable(),
  band: bandSchema,
  /** What takes most points; null when nothing does. */
  cause: causeSchema.nullable(),
  confidence: z.enum(['none', 'low', 'medium', 'high']),
  rttMs: z.number().nullable(),
  jitterMs: z.number().nullable(),
  /** 0 to 1. */
  lossRatio: z.number().nullable(),
  /** Unplanned reconnects within the hour. */
  flaps: z.number(),
  /** Messages that wait for the device. */
  backlog: z.number(),
  /** 0 to 1000: where an operator should look first. */
  attention: z.number(),
  /** Connected and not really there: `no-traffic`, `half-open`; else empty. */
  zombie: z.string(),
  tags: z.record(z.string(), z.string()),
  /** Scores of the last ten minutes, see `decodeSpark`. */
  spark: z.string(),
});
export type DeviceRow = z.infer<typeof deviceRowSchema>;

export const deviceDetailSchema = deviceRowSchema.extend({
  epoch: z.number(),
  listener: z.string(),
  class: z.string(),
  /** Seconds; 0 is none. */
  keepAlive: z.number(),
  /** Session expiry in seconds; 0 ends with the connection, 4294967295 never. */
  expiry: z.number(),
  firstSeen: z.number(),
  /** How often it connected. */
  connects: z.number(),
  bytes: z.number(),
  /** Of the current or last connection. */
  epochMessages: z.number(),
  epochBytes: z.number(),
  penalties: penaltiesSchema,
  /** Where each figure was measured: `tcp`, `ws-ping` or `puback`; empty when it was not. */
  sources: z.object({ rtt: z.string(), jitter: z.string(), loss: z.string() }),
  /** Unix ms of the newest figures; 0 is never. */
  qualityAt: z.number(),
  isSleepy: z.boolean(),
  /** Connected devices that come from the same address. */
  behindAddress: z.int(),
});
export type DeviceDetail = z.infer<typeof deviceDetailSchema>;

/** A filter as text: at most so long. The language is that of `parseFilter`. */
export const maxFilterLength = 2048;

export const deviceListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(maxPageRows).default(maxPageRows),
  /** Opaque; from `nextCursor` of the page before, with the same filter and order. */
  cursor: z.string().min(1).max(4096).optional(),
  q: z.string().max(maxFilterLength).optional(),
  sort: deviceSortSchema.default('id'),
  /** `1`: with facet counts. Only on the first page. */
  facets: z.literal('1').optional(),
});
export type DeviceListQuery = z.infer<typeof deviceListQuerySchema>;

/** How many of the matching devices have each value of a key; the most frequent values first. */
export const facetSchema = z.object({
  /** As in the filter language: `state`, `band`, `node`, `tag.site`, … */
  key: z.string(),
  values: z.array(z.object({ value: z.string(), count: z.int() })),
  /** Values there are beyond those listed. */
  more: z.int(),
});
export type Facet = z.infer<typeof facetSchema>;

export const deviceListSchema = z.object({
  items: z.array(deviceRowSchema),
  /** Exactly how many devices match the filter, on all pages. */
  total: z.int(),
  nextCursor: z.string().nullable(),
  /** Names the order, which is frozen for a minute: rows do not jump between pages. */
  order: z.string(),
  facets: z.array(facetSchema).optional(),
  /** For an empty list: how many devices match without each term, so that the term to blame is seen. */
  without: z.array(z.object({ term: z.string(), total: z.int() })).optional(),
  /** Server time of the answer. */
  at: z.number(),
});
export type DeviceList = z.infer<typeof deviceListSchema>;

/** `GET /api/v1/devices/orders/:order`: how many rows would stand elsewhere if it were sorted anew. */
export const orderStateSchema = z.object({
  moved: z.int(),
  added: z.int(),
  isExpired: z.boolean(),
  at: z.number(),
});
export type OrderState = z.infer<typeof orderStateSchema>;

const sparkAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Scores (0–100, undefined: not known) as text, two points to a letter. */
export function encodeSpark(scores: readonly (number | undefined)[]): string {
  return scores
    .map((score) =>
      score === undefined ? '-' : sparkAlphabet[Math.round(Math.min(100, Math.max(0, score)) / 2)],
    )
    .join('');
}

/** What `encodeSpark` made; anything else reads as not known. */
export function decodeSpark(text: string): (number | undefined)[] {
  return Array.from(text, (letter) => {
    const at = sparkAlphabet.indexOf(letter);
    return at < 0 || at > 50 ? undefined : at * 2;
  });
}
