import { z } from 'zod';
import { bands, causes } from '../quality/index.ts';

/** Which band a link is in; `unknown` where too little was measured. */
export const bandSchema = z.enum(bands);

/** What took points. */
export const causeSchema = z.enum(causes);

/** Points each cause took, whole numbers. With a score they make 100. */
export const penaltiesSchema = z.object({
  rtt: z.number(),
  jitter: z.number(),
  loss: z.number(),
  flaps: z.number(),
  errors: z.number(),
  stalls: z.number(),
});

/** How many devices are in each band. */
export const bandCountsSchema = z.object({
  excellent: z.number(),
  good: z.number(),
  fair: z.number(),
  poor: z.number(),
  bad: z.number(),
  unknown: z.number(),
});
export type BandCounts = z.infer<typeof bandCountsSchema>;
