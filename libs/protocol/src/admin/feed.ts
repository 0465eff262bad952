import { z } from 'zod';
import { operationSchema, traceEventSchema, traceSchema } from './actions.ts';
import { deviceDetailSchema, deviceRowSchema, maxPageRows } from './device.ts';
import { qualityPointSchema, timelineEntrySchema } from './device-page.ts';
import { fleetSchema, historyPointSchema } from './fleet.ts';
import { nodeViewSchema } from './node.ts';
import { problemsSchema } from './problems.ts';
import { streamsSchema } from './streams.ts';

/** Close codes of the live socket (4000–4999 are ours). */
export const feedCloseCodes = {
  /** A message that is no subscription, or too many of them. */
  badRequest: 4400,
  /** The session has ended: sign in again. */
  signedOut: 4401,
  /** The rights of the operator have changed: reconnect. */
  rightsChanged: 4403,
  /** The viewer did not read what was sent to it for too long. */
  slowViewer: 4408,
  /** The server stops (RFC 6455: going away). */
  stopping: 1001,
} as const;

/** Longest client id that can be subscribed to, characters; rows of longer ones are as the list told them. */
export const maxSubscribedIdLength = 1024;

const subscriptionSchema = z.discriminatedUnion('ch', [
  z.object({
    ch: z.literal('fleet'),
    /** Least time between two messages; a hidden tab asks for fewer. */
    everyMs: z.int().min(1000).max(60_000).optional(),
    fresh: z.boolean().optional(),
  }),
  z.object({ ch: z.literal('nodes'), fresh: z.boolean().optional() }),
  z.object({
    ch: z.literal('rows'),
    ids: z.array(z.string().max(maxSubscribedIdLength)).max(maxPageRows),
    fresh: z.boolean().optional(),
  }),
  /** One device: its detail, the newest point of its quality, what happens to it. */
  z.object({
    ch: z.literal('device'),
    id: z.string().max(maxSubscribedIdLength),
    fresh: z.boolean().optional(),
  }),
  z.object({ ch: z.literal('problems'), fresh: z.boolean().optional() }),
  z.object({ ch: z.literal('streams'), fresh: z.boolean().optional() }),
  /** Actions under way, and those that ended within the last minutes. */
  z.object({ ch: z.literal('operations'), fresh: z.boolean().optional() }),
  /** Events of a running trace, from after the entry `after`, or the newest 200. */
  z.object({
    ch: z.literal('trace'),
    id: z.string().max(64),
    after: z.string().max(40).optional(),
    fresh: z.boolean().optional(),
  }),
]);
/** `fresh` asks for a new snapshot though nothing changed, as after a missing `seq`. */
export type Subscription = z.infer<typeof subscriptionSchema>;
export type FeedChannel = Subscription['ch'];

/** The one message a viewer sends: everything it wants from now on. */
export const feedRequestSchema = z.strictObject({ sub: z.array(subscriptionSchema).max(8) });
export type FeedRequest = z.infer<typeof feedRequestSchema>;

const rowChangeSchema = deviceRowSchema.partial().extend({ id: z.string() });
/** The fields of a row that changed. */
export type RowChange = z.infer<typeof rowChangeSchema>;

const stamp = { seq: z.int(), now: z.number() };

/**
 * What the server sends. Every channel begins with a `snapshot` and goes on with `delta`s; `seq` counts them per
 * channel without a gap. `now` is the server's clock (Unix ms): every age is measured against it.
 */
export const feedMessageSchema = z.union([
  z.object({ type: z.literal('hello'), build: z.string(), now: z.number() }),
  z.object({
    type: z.literal('snapshot'),
    ch: z.literal('fleet'),
    ...stamp,
    fleet: fleetSchema,
    history: z.array(historyPointSchema),
  }),
  z.object({
    type: z.literal('delta'),
    ch: z.literal('fleet'),
    ...stamp,
    fleet: fleetSchema,
    /** Points since the last message. */
    history: z.array(historyPointSchema),
  }),
  z.object({
    type: z.literal('snapshot'),
    ch: z.literal('nodes'),
    ...stamp,
    nodes: z.array(nodeViewSchema),
  }),
  z.object({
    type: z.literal('delta'),
    ch: z.literal('nodes'),
    ...stamp,
    nodes: z.array(nodeViewSchema),
    gone: z.array(z.string()),
  }),
  z.object({ type: z.literal('snapshot'), ch: z.literal('rows'), ...stamp, rows: z.array(deviceRowSchema) }),
  z.object({
    type: z.literal('delta'),
    ch: z.literal('rows'),
    ...stamp,
    rows: z.array(rowChangeSchema),
    /** Subscribed ids the server no longer knows. */
    gone: z.array(z.string()),
  }),
  z.object({
    type: z.enum(['snapshot', 'delta']),
    ch: z.literal('device'),
    ...stamp,
    /** Null: no device of this id has a record. */
    device: deviceDetailSchema.nullable(),
    /** In a snapshot those of the last 15 minutes; then new ones. */
    points: z.array(qualityPointSchema),
    /** New entries of its timeline since the snapshot. */
    events: z.array(timelineEntrySchema),
  }),
  z.object({
    type: z.enum(['snapshot', 'delta']),
    ch: z.literal('problems'),
    ...stamp,
    problems: problemsSchema,
  }),
  z.object({
    type: z.enum(['snapshot', 'delta']),
    ch: z.literal('streams'),
    ...stamp,
    streams: streamsSchema,
  }),
  z.object({
    type: z.enum(['snapshot', 'delta']),
    ch: z.literal('operations'),
    ...stamp,
    /** All in a snapshot, then those that changed. */
    operations: z.array(operationSchema),
  }),
  z.object({
    type: z.enum(['snapshot', 'delta']),
    ch: z.literal('trace'),
    ...stamp,
    trace: traceSchema.nullable(),
    events: z.array(traceEventSchema),
  }),
]);
export type FeedMessage = z.infer<typeof feedMessageSchema>;
