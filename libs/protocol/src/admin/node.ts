import { z } from 'zod';
import { overloadSignals, overloadSteps } from '../overload.ts';
import { bandCountsSchema } from './quality.ts';

/**
 * `silent`: its beat has not moved for 5 s by the admin's own clock while Redis answered. `lost`: another process
 * declared it dead. The other three are what the node says of itself.
 */
export const nodeStates = ['ready', 'not-ready', 'draining', 'silent', 'lost'] as const;
export type NodeState = (typeof nodeStates)[number];

/** A node as an operator sees it. Rates are per second over the last statistics interval. */
export const nodeViewSchema = z.object({
  /** `id.incarnation`. */
  node: z.string(),
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  version: z.string(),
  /** Unix ms. */
  startedAt: z.number(),
  state: z.enum(nodeStates),
  /** Since when its beat has stood still, in ms; 0 while it moves. */
  silentMs: z.number(),
  /** What Redis promises of a stored message: `always`, `everysec`, `no` or `none`; empty when not known. */
  durability: z.string(),
  listeners: z.array(
    z.object({ name: z.string(), protocol: z.string(), address: z.string(), port: z.number() }),
  ),
  /** Of its listeners with TLS; empty until told. */
  certificates: z.array(
    z.object({
      listener: z.string(),
      /** Unix ms. */
      validFrom: z.number(),
      /** Unix ms. */
      expiresAt: z.number(),
      /** Why changed files are not in force; '' when they are. */
      trouble: z.string(),
    }),
  ),
  /** The newest figures; null before the first and while the node is silent. */
  figures: z
    .object({
      connections: z.number(),
      messagesIn: z.number(),
      bytesIn: z.number(),
      stored: z.number(),
      connects: z.number(),
      disconnects: z.number(),
      dropped: z.number(),
      paused: z.number(),
      queuedBytes: z.number(),
      loopDelayMs: z.number(),
      rssBytes: z.number(),
      redisLatencyMs: z.number(),
      storeUp: z.boolean(),
      /** Connected devices whose messages are acknowledged before they are stored. */
      unsafeDevices: z.number(),
      /** How its configuration stands: why its file is not in force (empty: it is), and how many keys wait for a restart. */
      config: z.object({ trouble: z.string(), waiting: z.number() }),
      /** Where its overload ladder stands, and for what; `reason` is null where nothing is wrong. */
      overload: z.object({
        step: z.enum(overloadSteps),
        reason: z.enum(overloadSignals).nullable(),
        /** It only watches: nobody is slowed or refused. */
        isObserved: z.boolean(),
        /** Devices it slows or sheds. */
        devices: z.number(),
      }),
    })
    .nullable(),
  /** Of its connected devices; null while it is silent or has told nothing yet. */
  quality: z
    .object({ bands: bandCountsSchema, rttP50: z.number().nullable(), rttP95: z.number().nullable() })
    .nullable(),
});
export type NodeView = z.infer<typeof nodeViewSchema>;

export const nodeListSchema = z.object({ items: z.array(nodeViewSchema), at: z.number() });
