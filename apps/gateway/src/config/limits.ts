import { z } from 'zod';
import { crossCheck } from './cross-check.ts';

const kib = 1024;
const mib = 1024 * kib;

/** What one connection may cost. Each limit has a close reason or a refusal of its own. */
export const limitsSchema = z
  .strictObject({
    handshakeTimeoutMs: z
      .int()
      .min(100)
      .max(600_000)
      .default(10_000)
      .describe(
        'From the accepted socket to a complete CONNECT or hello, ms. Slow radio links need seconds, no honest one ten.',
      )
      .meta({ live: false }),
    maxPacketBytes: z
      .int()
      .min(128)
      .max(268_435_460)
      .default(1 * mib)
      .describe(
        'Largest packet or frame taken, bytes; told to MQTT 5 devices. Fits any reading and a small picture.',
      ),
    maxInboundBytes: z
      .int()
      .min(64 * kib)
      .max(64 * 1024 * mib)
      .default(256 * mib)
      .describe(
        'Bytes of unfinished packets and frames the node keeps for all devices together; above it the connection that keeps most is closed. Hundreds of pictures on their way at once.',
      )
      .meta({ live: true }),
    maxTopicBytes: z
      .int()
      .min(1)
      .max(65_535)
      .default(1024)
      .describe('Longest topic, UTF-8 bytes. Real ones stay below 200.'),
    maxTopicLevels: z
      .int()
      .min(1)
      .max(1024)
      .default(32)
      .describe('Most levels (`/`) in a topic. Bounds the depth of the subscription tree.'),
    maxInflightUp: z
      .int()
      .min(1)
      .max(65_535)
      .default(64)
      .describe(
        'Messages of one device being stored at a time (Receive Maximum). Fills a 50 ms round trip at 1,000 msg/s.',
      ),
    maxOutboxBytes: z
      .int()
      .min(4 * kib)
      .max(1024 * mib)
      .default(1 * mib)
      .describe(
        'Bytes waiting for one socket before it is closed as a slow consumer. One largest packet by default.',
      ),
    slowConsumerMs: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(5000)
      .describe(
        'How long a device may take nothing while messages at QoS 0 are dropped for want of room, ms; then it is closed.',
      ),
    maxKeepAliveSeconds: z
      .int()
      .min(1)
      .max(65_535)
      .default(3600)
      .describe(
        'Longest keep-alive, s; MQTT 5 and plain devices are given this one instead of a longer, 3.1.1 has no way to be told. A dead link is noticed within 1.5×.',
      ),
    keepAliveRequired: z
      .boolean()
      .default(false)
      .describe(
        'Give devices without a keep-alive (0) the longest one; 3.1.1 devices, which cannot be told, are refused. Off, because the specification allows 0.',
      ),
    maxClientIdBytes: z
      .int()
      .min(1)
      .max(65_535)
      .default(256)
      .describe('Longest client id, UTF-8 bytes. It is part of every key and entry of the device.'),
    maxTopicAliases: z
      .int()
      .min(0)
      .max(65_535)
      .default(16)
      .describe('Topic aliases a device may set on a connection (MQTT 5). Each may hold a topic in memory.'),
    maxTopicAliasesDown: z
      .int()
      .min(0)
      .max(65_535)
      .default(16)
      .describe(
        'Topic aliases the gateway sets towards a device that allows them (MQTT 5). Each keeps a topic in memory.',
      ),
    maxInflightDown: z
      .int()
      .min(1)
      .max(65_535)
      .default(64)
      .describe(
        'Messages above QoS 0 a device may have unacknowledged; its own Receive Maximum may be lower. The same as upwards.',
      ),
    maxSubscriptions: z
      .int()
      .min(0)
      .max(10_000)
      .default(100)
      .describe('Subscriptions of one session. Devices listen to a few topics.'),
    maxAwaitingRelease: z
      .int()
      .min(1)
      .max(65_535)
      .default(256)
      .describe(
        'QoS 2 messages of one session stored and not yet released (PUBREL). Kept in Redis with the session.',
      ),
  })
  .check(
    crossCheck(
      z.object({ maxPacketBytes: z.number(), maxInboundBytes: z.number() }),
      ({ maxPacketBytes, maxInboundBytes }) =>
        maxInboundBytes >= maxPacketBytes
          ? []
          : [
              {
                path: ['maxInboundBytes'],
                message: `must be at least limits.maxPacketBytes, which is ${maxPacketBytes}`,
              },
            ],
    ),
  )
  .meta({ live: 'new connections' });

/** How much the node as a whole keeps on the way to Redis. */
export const uplinkSchema = z
  .strictObject({
    highMarkBytes: z
      .int()
      .min(64 * kib)
      .max(16 * 1024 * mib)
      .default(64 * mib)
      .describe(
        'Unstored bytes at which the node stops reading from devices. About a second of a busy node.',
      ),
    lowMarkBytes: z
      .int()
      .min(0)
      .max(16 * 1024 * mib)
      .default(32 * mib)
      .describe('Unstored bytes at which it reads again. Half the high mark, so that pauses are few.'),
    maxFlushBytes: z
      .int()
      .min(kib)
      .max(256 * mib)
      .default(4 * mib)
      .describe(
        'Most bytes in one write to Redis. Larger ones make the replies, and so the acknowledgements, lumpy.',
      ),
    streamMaxLength: z
      .int()
      .min(1)
      .max(1_000_000_000_000)
      .default(1_000_000)
      .describe(
        'Entries kept per uplink stream, about (`MAXLEN ~`). The oldest go, read or not, until retention is there.',
      ),
  })
  .check(
    crossCheck(
      z.object({ highMarkBytes: z.number(), lowMarkBytes: z.number() }),
      ({ highMarkBytes, lowMarkBytes }) =>
        lowMarkBytes < highMarkBytes
          ? []
          : [
              {
                path: ['lowMarkBytes'],
                message: `must be less than uplink.highMarkBytes, which is ${highMarkBytes}`,
              },
            ],
    ),
  );
