import { z } from 'zod';

export const alarmKinds = [
  'node-silent',
  'node-lost',
  'redis-down',
  'quality-fleet',
  'quality-group',
  'duplicate-id',
  'flapping',
  'consumer-lag',
  'stream-nearly-full',
  'group-abandoned',
  'loop-delay',
  'refused-connects',
  'overload',
  'certificate-expiry',
  'tls-trouble',
  'config-trouble',
] as const;
export type AlarmKind = (typeof alarmKinds)[number];

export const alarmStates = ['open', 'acknowledged', 'muted', 'closed'] as const;
export type AlarmState = (typeof alarmStates)[number];

/** Something that needs a person. One alarm per cause: a node that died is one, not one per device. */
export const alarmSchema = z.object({
  /** Stable for the same cause: `kind:subject`. */
  id: z.string(),
  kind: z.enum(alarmKinds),
  severity: z.enum(['critical', 'warning']),
  state: z.enum(alarmStates),
  /** The node, device, group or stream it is about. */
  subject: z.string(),
  /** One sentence. */
  text: z.string(),
  raisedAt: z.number(),
  /** When it was last found true. */
  seenAt: z.number(),
  closedAt: z.number().nullable(),
  acknowledgedBy: z.string().nullable(),
  mutedUntil: z.number().nullable(),
  mutedBy: z.string().nullable(),
  /** Page that shows the cause. */
  link: z.string(),
});
export type Alarm = z.infer<typeof alarmSchema>;

/** `POST /api/v1/alarms/:id/mute`. */
export const muteSchema = z.strictObject({ until: z.int().min(0), reason: z.string().min(3).max(256) });

/** `GET /api/v1/problems`. */
export const problemsSchema = z.object({
  alarms: z.array(alarmSchema),
  /** Ids that two devices fight for: takeovers within the last ten minutes. */
  duplicates: z.array(
    z.object({ id: z.string(), takeovers: z.int(), addresses: z.array(z.string()), lastAt: z.number() }),
  ),
  /** Most unplanned reconnects within the hour. */
  flapping: z.array(z.object({ id: z.string(), flaps: z.int(), reason: z.string() })),
  /** Connected devices that take slowly what is sent to them. */
  slow: z.array(z.object({ id: z.string(), stalls: z.number(), backlog: z.number() })),
  /** Connected, and not really there. */
  zombies: z.array(z.object({ id: z.string(), why: z.string(), since: z.number() })),
  /** Connects that were turned away in the last hour, by reason and source address. */
  refused: z.array(z.object({ reason: z.string(), address: z.string(), count: z.int(), lastAt: z.number() })),
  at: z.number(),
});
export type Problems = z.infer<typeof problemsSchema>;
