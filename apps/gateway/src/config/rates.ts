import { z } from 'zod';
import {
  byteRateAccepts,
  byteSizeAccepts,
  parseByteRate,
  parseByteSize,
  parseRate,
  rateAccepts,
} from '../admission/rate.ts';

/** What a limit does: nothing, count and show what it would have refused, or refuse it. */
export const limitMode = z.enum(['enforce', 'observe', 'off']);

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

const messageRate = z.strictObject({
  rate: rateText.describe('Messages in a time, such as `"50/s"`.'),
  burst: z
    .int()
    .min(1)
    .max(10_000_000)
    .meta({ defaultText: 'a second of the rate' })
    .optional()
    .describe('Messages at once after a rest. Give devices that send in batches the size of a batch.'),
});

const byteRate = z.strictObject({
  rate: byteRateText.describe('Bytes of topics and payloads in a time, such as `"64KiB/s"`.'),
  burst: byteSizeText
    .meta({ accepts: byteSizeAccepts, defaultText: 'a second of the rate' })
    .optional()
    .describe('Bytes at once after a rest. At least the largest message that is usual.'),
});

const replayRate = (whose: string) =>
  z
    .strictObject({
      rate: rateText.describe(`Queued messages sent to ${whose} in a time.`),
      burst: messageRate.shape.burst,
    })
    .optional();

const mode = limitMode
  .default('enforce')
  .describe('`observe`: only count and show what it would have done. `off`: as if it were not there.');

/** What one subject may send; unset is unlimited. */
const sending = (whose: string) =>
  z
    .strictObject({
      mode,
      messages: messageRate.optional().describe('Messages. Unset: no limit.'),
      bytes: byteRate.optional().describe('Bytes. Unset: no limit.'),
    })
    .describe(whose);

const byClass = (whose: (name: string) => string) =>
  z.strictObject({
    critical: sending(whose('critical')).optional(),
    standard: sending(whose('standard')).optional(),
    bulk: sending(whose('bulk')).optional(),
  });

/** How fast devices may speak, and are fed what had piled up. None of it limits anything unless it is set. */
export const ratesSchema = z
  .strictObject({
    device: sending('Each device.').prefault({}),
    deviceOf: byClass(
      (name) => `Each ${name} device, in place of what \`rates.device\` says of the same.`,
    ).prefault({}),
    class: byClass((name) => `All ${name} devices of the node together.`).prefault({}),
    user: sending('All devices of one user on the node together.').prefault({}),
    listener: sending('All devices of one listener together.').prefault({}),
    node: sending('All devices of the node together.').prefault({}),
    replay: z
      .strictObject({
        mode,
        device: replayRate('one session that returns'),
        node: replayRate('all of them together'),
      })
      .prefault({}),
    maxPauseMs: z
      .int()
      .min(10)
      .max(600_000)
      .default(15_000)
      .describe(
        'Longest pause of a device without a keep-alive, ms; else a quarter of that. A message that would take longer is refused. As for 60 s, the usual keep-alive.',
      ),
    refusals: z
      .strictObject({
        rate: rateText.default('60/m').describe('Refused messages of one device in a time; more close it.'),
        burst: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(100)
          .describe('Refused messages at once. An MQTT 5 window of 64 may be on its way when the first is.'),
      })
      .prefault({}),
  })
  .meta({ live: true });
