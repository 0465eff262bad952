import { z } from 'zod';
import {
  byteRateAccepts,
  byteSizeAccepts,
  parseByteRate,
  parseByteSize,
  parseRate,
  rateAccepts,
} from './admission/rate.ts';

/** What a limit does: nothing, count and show what it would have refused, or refuse it. */
export const limitMode = z.enum(['enforce', 'observe', 'off']);
export type LimitMode = z.output<typeof limitMode>;

const text = (parse: (text: string) => number | undefined, accepts: string) =>
  z
    .string()
    .refine((value) => parse(value) !== undefined, `must be ${accepts}`)
    .meta({ accepts });

/** So many in a time, such as `"50/s"`: read by `parseRate`. */
export const rateText = text(parseRate, rateAccepts);
/** So many bytes in a time, such as `"1MiB/s"`: read by `parseByteRate`. */
export const byteRateText = text(parseByteRate, byteRateAccepts);
/** A size such as `"4MiB"`: read by `parseByteSize`. */
export const byteSizeText = text(parseByteSize, byteSizeAccepts);
