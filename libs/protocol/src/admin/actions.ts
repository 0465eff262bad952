import { z } from 'zod';

const reason = z.string().trim().min(3).max(256);

/** The filter of an action on many: room for a hundred ids that were chosen one by one. */
export const maxActionFilterLength = 32_768;

/** `POST /api/v1/actions/disconnect`: one device by `device`, or many by `q` and what a dry run of it answered. */
export const disconnectSchema = z.union([
  z.strictObject({ device: z.string().min(1).max(1024), reason }),
  z.strictObject({
    q: z.string().min(1).max(maxActionFilterLength),
    dryRun: z.literal(true),
    reason: z.string().max(256).optional(),
  }),
  z.strictObject({
    /** Of the dry run: the set is frozen on the server for ten minutes. */
    set: z.string().min(1).max(64),
    reason,
    perSecond: z.int().min(1).max(500).default(20),
    /** How many devices the operator typed; needed above 100. */
    confirmCount: z.int().optional(),
  }),
]);

/** What a bulk action would touch. */
export const dryRunSchema = z.object({
  set: z.string(),
  /** SHA-256 of the sorted ids. */
  hash: z.string(),
  count: z.int(),
  byClass: z.record(z.string(), z.int()),
  byNode: z.record(z.string(), z.int()),
  sample: z.array(z.string()),
  /** The role it takes. */
  needs: z.enum(['operator', 'admin']),
  expiresAt: z.number(),
});
export type DryRun = z.infer<typeof dryRunSchema>;

/**
 * What can become of one target. Of a device: `disconnected`; `not-connected`, so that nothing was sent; `not-here`: it had left
 * its node; `superseded`: it has a newer connection by now; `expired`: its node read the order too late; `not-sent`: Redis did
 * not take the order, or it was stopped before. Of a node: `applied`, `failed`. Of both: `unanswered` after 5 s. An answer that
 * comes later still counts.
 */
export const operationOutcomes = [
  'disconnected',
  'not-connected',
  'not-here',
  'superseded',
  'expired',
  'not-sent',
  'applied',
  'failed',
  'unanswered',
] as const;
export type OperationOutcome = (typeof operationOutcomes)[number];

/** An action on its way: never `done` before the nodes have answered, or 5 s have passed without. */
export const operationSchema = z.object({
  id: z.string(),
  action: z.enum(['disconnect', 'disconnect-many', 'ban', 'unban', 'trace', 'credential']),
  target: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.number(),
  /** `asked`: written to Redis. `running`: some outcomes are here. `done`, `stopped`: no more will come. */
  state: z.enum(['asked', 'running', 'done', 'stopped']),
  total: z.int(),
  /** `OperationOutcome` → how many of `total`; those that are missing are still awaited. */
  outcomes: z.record(z.string(), z.int()),
  /** The last outcome in words, for a single target. */
  detail: z.string(),
  endedAt: z.number().nullable(),
});
export type Operation = z.infer<typeof operationSchema>;

export const operationListSchema = z.object({ items: z.array(operationSchema), at: z.number() });

/**
 * `POST /api/v1/bans`. `target`: `id:CLIENT`, `user:NAME`, `ip:ADDRESS`, `prefix:CIDR`, or `at:ADDRESS id:CLIENT` and
 * `at:ADDRESS user:NAME` for one of them as far as it comes from that address.
 */
export const banRequestSchema = z.strictObject({
  target: z.string().min(4).max(1100),
  reason,
  /** Unix ms; required, a year at the most. */
  until: z.int(),
  dryRun: z.boolean().optional(),
});

export const banSchema = z.object({
  target: z.string(),
  until: z.number(),
  reason: z.string(),
  /** The operator; `auto:flapping` and `auto:failed-authentications` where a node made it by itself. */
  by: z.string(),
  at: z.number(),
  /** How many there were in a row of the same target, this one included; only of those that nodes make. */
  strikes: z.int().optional(),
});
export type Ban = z.infer<typeof banSchema>;

/** The most bans that are listed at a time. */
export const maxListedBans = 500;

/** `GET /api/v1/bans`. */
export const banQuerySchema = z.strictObject({
  /** A part of the target; upper and lower case are the same. */
  target: z.string().max(1100).optional(),
  /** Exactly this target: that ban alone, if it is in force. */
  exactly: z.string().max(1100).optional(),
});

/** Of those that fit the newest 500, the one that ends next first. */
export const banListSchema = z.object({
  items: z.array(banSchema),
  /** How many fit. */
  total: z.int(),
  at: z.number(),
});
export type BanList = z.infer<typeof banListSchema>;

/** Answer to a dry run: who stands behind the target now; `connected` null: of users that is not known. */
export const banDryRunSchema = z.object({ connected: z.int().nullable(), sample: z.array(z.string()) });
export type BanDryRun = z.infer<typeof banDryRunSchema>;

/** `POST /api/v1/traces`. */
export const traceRequestSchema = z.strictObject({
  /** A client id. */
  device: z.string().min(1).max(1024).optional(),
  /** Instead of `device`: `ip:ADDRESS` or `prefix:CIDR`, a sample of whoever connects from there. */
  target: z.string().min(4).max(1100).optional(),
  payload: z.boolean().default(false),
  ttlSeconds: z.int().min(10).max(86_400).default(600),
});

export const traceSchema = z.object({
  id: z.string(),
  /** The client id; empty for a trace of addresses. */
  device: z.string(),
  /** `id:CLIENT`, `ip:ADDRESS` or `prefix:CIDR`. */
  target: z.string(),
  payload: z.boolean(),
  by: z.string(),
  at: z.number(),
  until: z.number(),
  state: z.enum(['running', 'stopped', 'expired']),
  events: z.number(),
  dropped: z.number(),
});
export type Trace = z.infer<typeof traceSchema>;

export const traceEventSchema = z.object({
  /** Id of the stream entry: order and cursor. */
  id: z.string(),
  at: z.number(),
  node: z.string(),
  /** The client id: a trace of addresses has several. */
  device: z.string(),
  epoch: z.number(),
  direction: z.enum(['in', 'out', 'none']),
  /** Packet or frame type, or what happened: `PUBLISH`, `PUBACK`, `connected`, `disconnected`, `dropped`. */
  type: z.string(),
  topic: z.string(),
  qos: z.int().nullable(),
  packetId: z.int().nullable(),
  bytes: z.number(),
  reasonCode: z.int().nullable(),
  /** Of an answer: ms since the message it answers; how long Redis took, or the device. */
  durationMs: z.number().nullable(),
  detail: z.string(),
  /** Base64 of at most the first KiB; absent without the right to read it. */
  payload: z.string().optional(),
  payloadBytes: z.number(),
});
export type TraceEvent = z.infer<typeof traceEventSchema>;

export const traceListSchema = z.object({ items: z.array(traceSchema), at: z.number() });
/** What starting or stopping a trace answers: the nodes' answers come into `operation`. */
export const traceStartedSchema = z.object({ trace: traceSchema, operation: operationSchema });

export const traceEventsQuerySchema = z.strictObject({
  /** Id of the last event that was read. */
  after: z
    .string()
    .regex(/^\d{1,20}(-\d{1,20})?$/)
    .default('0'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const traceEventsSchema = z.object({
  items: z.array(traceEventSchema),
  /** To go on from; `after` as it was when there was nothing new. */
  last: z.string(),
});
