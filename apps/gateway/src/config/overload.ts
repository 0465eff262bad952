import { z } from 'zod';
import { crossCheck } from './cross-check.ts';
import { parseRate } from '../admission/rate.ts';
import { byteSizeText, limitMode, rateText } from './rates.ts';

const milliseconds = z.number().min(0.1).max(60_000);
const share = z.number().min(0.001).max(1);

/** Limits of the signals; both sets have the same. */
const signals = (
  who: string,
  defaults: {
    loopDelayMs: number;
    heapShare: number;
    memoryShare: number;
    redisLatencyMs: number;
    backlogShare: number;
  },
) =>
  z.strictObject({
    loopDelayMs: milliseconds
      .default(defaults.loopDelayMs)
      .describe(
        `How long a message waits for the event loop on average, or a quarter of its longest turn, ms. ${who}`,
      ),
    heapShare: share
      .default(defaults.heapShare)
      .describe(`Used share of what the heap may grow to (\`--max-old-space-size\`). ${who}`),
    memoryShare: share
      .default(defaults.memoryShare)
      .describe(`Share of the memory of the container, or of the machine, that this process has. ${who}`),
    redisLatencyMs: milliseconds
      .default(defaults.redisLatencyMs)
      .describe(`Mean time from a message to the reply of Redis, ms. ${who}`),
    backlogShare: share
      .default(defaults.backlogShare)
      .describe(`Share of \`uplink.highMarkBytes\` that waits for Redis. ${who}`),
  });

const signalsSchema = signals('From here on bulk devices pay: early, before critical ones notice.', {
  loopDelayMs: 2.5,
  heapShare: 0.85,
  memoryShare: 0.9,
  redisLatencyMs: 100,
  backlogShare: 0.5,
});

const severeSchema = signals('From here on standard devices pay too: the node is about to fail all.', {
  loopDelayMs: 100,
  heapShare: 0.93,
  memoryShare: 0.96,
  redisLatencyMs: 2000,
  backlogShare: 0.85,
});

const holdSchema = z.strictObject({
  intervalMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(1000)
    .describe(
      'How long the latest message of a topic waits for a later one, ms. From `shed-bulk` on a bulk device has one message per topic and interval.',
    ),
  maxTopics: z
    .int()
    .min(0)
    .max(10_000)
    .default(16)
    .describe('Topics of one device that are held; messages to more are dropped. 0: all are.'),
  maxBytes: byteSizeText
    .default('16MiB')
    .describe('All of them on this node; what finds no room is dropped.'),
});

const connectFacts = z.object({ least: z.string(), most: z.string() });

const connectsSchema = z
  .strictObject({
    least: rateText
      .default('100/s')
      .describe('Connects taken however busy the node is: a fleet of 100,000 is back within 17 minutes.'),
    most: rateText
      .default('10000/s')
      .describe(
        'Connects taken at the most, in bursts of a second: about twice what a node and its Redis can do. Each asks Redis once.',
      ),
  })
  .check(
    crossCheck(connectFacts, ({ least, most }) =>
      (parseRate(least) ?? 0) <= (parseRate(most) ?? Infinity)
        ? []
        : [{ path: ['least'], message: `must not be more than overload.connects.most, which is ${most}` }],
    ),
  );

/** What a node does when it is short of something. */
export const overloadSchema = z
  .strictObject({
    mode: limitMode
      .default('enforce')
      .describe(
        'Move the ladder and act, move it and only show what would be done, or do neither. See docs/operations.md.',
      ),
    signals: signalsSchema
      .prefault({})
      .describe('From where on bulk devices pay: slowed, shed, refused. Early, as it costs nobody else.'),
    severe: severeSchema
      .prefault({})
      .describe('From where on standard devices pay as well: when the node is about to fail all.'),
    raiseMs: z
      .int()
      .min(250)
      .max(600_000)
      .default(1000)
      .describe(
        'How long a signal stands at its limit before a step is taken, ms. Outlasts a collection of garbage.',
      ),
    lowerMs: z
      .int()
      .min(250)
      .max(600_000)
      .default(5000)
      .describe(
        'How long all stand below `lowerBelow` before a step is taken back, ms; up to eight times that while the ladder goes to and fro.',
      ),
    lowerBelow: z
      .number()
      .min(0.05)
      .max(0.95)
      .default(0.7)
      .describe('Share of the limits. Between it and the limit nothing moves.'),
    slowedRate: rateText
      .default('200/s')
      .describe(
        'Messages of all slowed devices of a class together that are taken whatever happens. The pace begins at half of what the node took, and falls to a tenth of it or this.',
      ),
    maxPauseMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(5000)
      .describe('Longest pause of a slowed connection, ms; never more than a quarter of its keep-alive.'),
    hold: holdSchema.prefault({}),
    connects: connectsSchema.prefault({}),
    leastKeepAliveSeconds: z
      .int()
      .min(0)
      .max(65_535)
      .default(30)
      .describe(
        'Shortest keep-alive suggested to a device whose connections break (Server Keep Alive, `welcome`), s; 0: none is suggested. Half a minute is below most timeouts of address translators.',
      ),
  })
  .meta({ live: true });
