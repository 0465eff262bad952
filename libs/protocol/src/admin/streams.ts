import { z } from 'zod';

/** One consumer group of one stream. */
export const consumerGroupSchema = z.object({
  name: z.string(),
  /** Entries not yet given to it; null where Redis cannot tell. */
  lag: z.number().nullable(),
  /** Given and not acknowledged. */
  pending: z.int(),
  /** Unix ms at which the oldest pending entry was stored; null without one. */
  oldestPendingAt: z.number().nullable(),
  consumers: z.int(),
  /** Ms since any consumer of it did something; null without consumers. */
  idleMs: z.number().nullable(),
  lastDeliveredId: z.string(),
});

/** One partition, from the socket to the consumer. */
export const partitionViewSchema = z.object({
  partition: z.int(),
  /** Connected devices of the partition. */
  devices: z.int(),
  length: z.int(),
  /** Entries per second since the last look. */
  rate: z.number().nullable(),
  /** Unix ms of the oldest and newest entry; null when empty. */
  oldestAt: z.number().nullable(),
  newestAt: z.number().nullable(),
  bytes: z.number().nullable(),
  groups: z.array(consumerGroupSchema),
});
export type PartitionView = z.infer<typeof partitionViewSchema>;

/** Partitions told of at once; of more, those that are furthest behind. */
export const maxPartitionRows = 128;

/** `GET /api/v1/streams` and the live channel `streams`. */
export const streamsSchema = z.object({
  /** In order of partition. */
  partitions: z.array(partitionViewSchema),
  /** How many there are. */
  total: z.int(),
  /** Of all there are, listed or not. */
  sums: z.object({
    length: z.int(),
    bytes: z.number(),
    /** Unix ms of the oldest entry of all; null when all are empty. */
    oldestAt: z.number().nullable(),
  }),
  /** Entries at which the oldest are dropped. */
  maxLength: z.number().nullable(),
  /** Waiting in the nodes' memory for Redis. */
  queued: z.object({ messages: z.number(), bytes: z.number() }),
  /** The same groups over all partitions. */
  groups: z.array(
    z.object({
      name: z.string(),
      lag: z.number().nullable(),
      pending: z.int(),
      oldestPendingAt: z.number().nullable(),
      partitions: z.int(),
      consumers: z.int(),
    }),
  ),
  redis: z
    .object({ usedMemoryBytes: z.number(), maxMemoryBytes: z.number(), opsPerSecond: z.number() })
    .nullable(),
  at: z.number(),
});
export type Streams = z.infer<typeof streamsSchema>;

/** `GET /api/v1/streams/:partition/groups/:group/pending`: given to a consumer and not acknowledged, oldest first. */
export const pendingListSchema = z.object({
  items: z.array(
    z.object({
      /** Of the stream's entry. */
      id: z.string(),
      /** Unix ms at which it was stored. */
      storedAt: z.number(),
      consumer: z.string(),
      /** Ms since it was last given to somebody. */
      idleMs: z.number(),
      deliveries: z.int(),
    }),
  ),
  nextCursor: z.string().nullable(),
  at: z.number(),
});
export type PendingList = z.infer<typeof pendingListSchema>;
