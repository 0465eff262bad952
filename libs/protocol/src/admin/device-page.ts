import { z } from 'zod';
import { bandSchema, penaltiesSchema } from './quality.ts';

/** One point of a device's quality over time; null: not measured then. */
export const qualityPointSchema = z.object({
  /** Unix ms. */
  at: z.number(),
  score: z.number().nullable(),
  penalties: penaltiesSchema.nullable(),
  rttMs: z.number().nullable(),
  jitterMs: z.number().nullable(),
  /** 0 to 1. */
  lossRatio: z.number().nullable(),
});
export type QualityPoint = z.infer<typeof qualityPointSchema>;

/** Something that happened to a device. */
export const timelineEntrySchema = z.object({
  /** Opaque and unique within the device; newest first in lists. */
  id: z.string(),
  at: z.number(),
  kind: z.enum([
    'connected',
    'superseded',
    'disconnected',
    'quality',
    'class',
    'throttled',
    'action',
    'will',
  ]),
  /** Who caused it: `device`, `gateway`, `network` or `operator`. */
  by: z.string(),
  /** A key of the close-reason table, a band, or what an operator did. */
  reason: z.string(),
  /** For people. */
  text: z.string(),
  epoch: z.number(),
  node: z.string(),
  /** Further facts as they were recorded. */
  facts: z.record(z.string(), z.string()),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const timelineSchema = z.object({
  items: z.array(timelineEntrySchema),
  nextCursor: z.string().nullable(),
  /** How long the ended connections lasted, of those recorded: counts by `sessionBoundsMs`. */
  sessions: z.object({ boundsMs: z.array(z.number()), counts: z.array(z.int()) }),
  at: z.number(),
});
export type Timeline = z.infer<typeof timelineSchema>;

/** `GET /api/v1/devices/:id/history?rangeMs=…`: sparse points from Redis, then fine ones from memory. */
export const deviceHistorySchema = z.object({
  from: z.number(),
  to: z.number(),
  points: z.array(qualityPointSchema),
  marks: z.array(timelineEntrySchema),
  at: z.number(),
});
export type DeviceHistory = z.infer<typeof deviceHistorySchema>;

/** `GET /api/v1/devices/:id/session`: read from Redis when asked. */
export const deviceSessionSchema = z.object({
  /** False: there is none in Redis (it ends with its connection, or has expired). */
  isKept: z.boolean(),
  expiry: z.number(),
  epoch: z.number(),
  subscriptions: z.array(
    z.object({
      filter: z.string(),
      qos: z.int(),
      noLocal: z.boolean(),
      retainAsPublished: z.boolean(),
      retainHandling: z.int(),
      identifier: z.int().nullable(),
    }),
  ),
  queue: z.object({
    length: z.int(),
    bytes: z.number(),
    dropped: z.number(),
    /** Unix ms at which the oldest entry was put there; null when empty. */
    oldestAt: z.number().nullable(),
  }),
  /** QoS 2 messages under way, from the device and to it. */
  receiving: z.int(),
  releasing: z.int(),
  hasWill: z.boolean(),
  at: z.number(),
});
export type DeviceSession = z.infer<typeof deviceSessionSchema>;

/** `GET /api/v1/devices/:id/traffic`: a sample, and of what it is one. */
export const deviceTrafficSchema = z.object({
  topics: z.array(z.object({ topic: z.string(), messages: z.int(), bytes: z.number(), lastAt: z.number() })),
  /** The newest entries of the partition's stream that were looked through. */
  sampled: z.object({ entries: z.int(), ofDevice: z.int(), from: z.number(), to: z.number() }),
  at: z.number(),
});
export type DeviceTraffic = z.infer<typeof deviceTrafficSchema>;

/** What the live channel `device` adds to the row: the newest point. */
export const deviceLiveSchema = z.object({ band: bandSchema, point: qualityPointSchema });
