import { z } from 'zod';
import { bandCountsSchema, causeSchema } from './quality.ts';

/**
 * What devices may be grouped by: `node`, `class`, `protocol`, `transport`, `listener`, `prefix` (/24 of IPv4, /64 of
 * IPv6) or a tag as `tag.NAME`.
 */
export const groupsQuerySchema = z.strictObject({
  /** Without it all of the above are tried and the worst groups of any kind are told. */
  by: z.string().max(64).optional(),
  /** Only devices that match this filter (see `parseFilter`). */
  q: z.string().max(2048).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

/** One group against the rest of the fleet. */
export const groupSchema = z.object({
  by: z.string(),
  /** The value all of it share; empty for devices without one. */
  value: z.string(),
  /** Connected devices with a score. */
  size: z.int(),
  bands: bandCountsSchema,
  /** Share below 50, of the group and of the rest: 0 to 1. */
  poorShare: z.number(),
  restShare: z.number(),
  /** Lower bound of the lift (Wilson interval, 95 %); groups are ranked by it. */
  lift: z.number(),
  /** What takes most points in it. */
  cause: causeSchema.nullable(),
  /** The filter that shows this group, its devices without a score or a connection among them. */
  q: z.string(),
});
export type Group = z.infer<typeof groupSchema>;

export const groupsSchema = z.object({
  items: z.array(groupSchema),
  /** Tags that occur, with how many devices have them: what `by` may be. */
  keys: z.array(z.object({ by: z.string(), devices: z.int(), values: z.int() })),
  at: z.number(),
});
export type Groups = z.infer<typeof groupsSchema>;
