import { z } from 'zod';
import { bandCountsSchema, penaltiesSchema } from './quality.ts';

/** Whether what is shown is fresh. While `down`, everything served is as of `asOf`. */
export const redisStatusSchema = z.object({
  state: z.enum(['connecting', 'up', 'down']),
  /** Unix ms (server clock) of the last reply from Redis; 0 before the first. */
  asOf: z.number(),
});

/** The fleet in a few numbers. */
export const fleetSchema = z.object({
  /** `waiting`: no gateway has ever used this namespace. `reading`: the first snapshot is under way. */
  phase: z.enum(['waiting', 'reading', 'live']),
  redis: redisStatusSchema,
  devices: z.object({
    total: z.int(),
    connected: z.int(),
    offline: z.int(),
    unknown: z.int(),
    /** More devices exist than the admin may keep in memory; the newest are left out. */
    isFull: z.boolean(),
  }),
  nodes: z.object({ total: z.int(), ready: z.int(), silent: z.int() }),
  /** Per second, summed over the nodes that report. */
  rates: z.object({ messagesIn: z.number(), stored: z.number(), bytesIn: z.number() }),
  /** Of connected devices. */
  quality: z.object({
    bands: bandCountsSchema,
    /** The score that 5 % are below; null without scores. */
    p5: z.number().nullable(),
    /** Share of scored devices at 75 or more, 0 to 1, and an hour's mean of it a day ago. */
    goodShare: z.number().nullable(),
    goodShareYesterday: z.number().nullable(),
    /** Points lost by cause, mean per scored device. */
    lost: penaltiesSchema,
  }),
  /** Alarms that are open, by severity; acknowledged and muted ones are not among them. */
  alarms: z.object({ critical: z.int(), warning: z.int() }),
  /** Grows whenever a device appears, is forgotten or changes state: a list made at another revision may be old. */
  revision: z.number(),
});
export type Fleet = z.infer<typeof fleetSchema>;

/** `[Unix ms, connections, messages in /s, stored /s]`, one per second, oldest first. */
export const historyPointSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type HistoryPoint = z.infer<typeof historyPointSchema>;
