import { z } from 'zod';

/**
 * What an operator is told about a device. `unknown`: its node is silent or was lost, so nobody can say. A device
 * is never called offline because a node went quiet.
 */
export const deviceStates = ['connected', 'offline', 'unknown'] as const;
export type DeviceState = (typeof deviceStates)[number];

/** The most rows one page and one live subscription may have. */
export const maxPageRows = 200;

/** Orders of a list; `-` is descending. Ties are broken by id. */
export const deviceSorts = [
  'id',
  '-id',
  'rate',
  '-rate',
  'messages',
  '-messages',
  'lastSeen',
  '-lastSeen',
  'connectedAt',
  '-connectedAt',
] as const;
export type DeviceSort = (typeof deviceSorts)[number];

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
});
export type DeviceDetail = z.infer<typeof deviceDetailSchema>;

export const deviceListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(maxPageRows).default(100),
  /** Opaque; from `nextCursor` of the page before, with the same filter and order. */
  cursor: z.string().min(1).max(4096).optional(),
  state: z.enum(deviceStates).optional(),
  /** Prefix of the client id, case-sensitive. */
  q: z.string().max(1024).optional(),
  sort: z.enum(deviceSorts).default('id'),
});
export type DeviceListQuery = z.infer<typeof deviceListQuerySchema>;

export const deviceListSchema = z.object({
  items: z.array(deviceRowSchema),
  /** Exactly how many devices match the filter, on all pages. */
  total: z.int(),
  nextCursor: z.string().nullable(),
  /** Server time of the answer. */
  at: z.number(),
});
export type DeviceList = z.infer<typeof deviceListSchema>;
