import { topicFilterFault } from '@tributary/protocol';
import { z } from 'zod';

const kib = 1024;
const mib = 1024 * kib;

/** What of MQTT 5 is offered; what is not, CONNACK says, and it is refused. */
export const mqttSchema = z
  .strictObject({
    maximumQos: z
      .literal([0, 1, 2])
      .default(2)
      .describe('Highest QoS a device may publish with, and is granted. 2 is all there is.'),
    retainAvailable: z
      .boolean()
      .default(true)
      .describe('Keep retained messages. Off: a PUBLISH or will with the flag is refused.')
      .meta({ live: false }),
    wildcardSubscriptionAvailable: z
      .boolean()
      .default(true)
      .describe('Grant filters with `+` and `#`. Off where no device should see more than it names.'),
    subscriptionIdentifierAvailable: z
      .boolean()
      .default(true)
      .describe('Take subscription identifiers, and send them with what matches.'),
    sharedSubscriptionAvailable: z
      .boolean()
      .default(true)
      .describe('Grant `$share/GROUP/FILTER`, each message of which goes to one member of the group.'),
    sharedStrategy: z
      .enum(['round-robin', 'least-inflight', 'sticky'])
      .default('round-robin')
      .describe(
        'Which member: in turn, the one with the least on its way, or the same for all messages of a publisher.',
      )
      .meta({ live: false }),
    responseInformation: z
      .string()
      .max(1024)
      .meta({ defaultText: 'empty' })
      .default('')
      .describe(
        'Response Information for devices that ask; `${clientId}` stands for theirs. Empty: none, topics are agreed on elsewhere.',
      ),
  })
  .meta({ live: 'new connections' });

/** What is kept for one session that is away, or slower than what it subscribes to. */
export const queueSchema = z
  .strictObject({
    maxMessages: z
      .int()
      .min(1)
      .max(60_000)
      .default(1000)
      .describe(
        'Messages above QoS 0 waiting for one session. A reading a minute for 16 hours; 60,000 at the most, as there are 65,535 packet ids.',
      ),
    maxBytes: z
      .int()
      .min(kib)
      .max(1024 * mib)
      .default(4 * mib)
      .describe(
        'Their bytes, topics included. Ten thousand full queues are 40 GB of Redis: size it for the fleet.',
      ),
    maxAgeSeconds: z
      .int()
      .min(1)
      .max(31_536_000)
      .default(604_800)
      .describe(
        'Older ones in a kept session are not delivered any more, s. A week, as long as a session lives.',
      )
      .meta({ live: 'new connections' }),
    policy: z
      .enum(['drop-oldest', 'reject'])
      .default('drop-oldest')
      .describe(
        'When it is full: the oldest goes, or the new one is refused and the publisher told (MQTT 5: 0x97). News beat history.',
      ),
  })
  .meta({ live: true });

/** Retained messages of the namespace. */
export const retainedSchema = z
  .strictObject({
    maxMessages: z
      .int()
      .min(0)
      .max(100_000_000)
      .default(100_000)
      .describe(
        'Topics with a retained message, about. Each costs the node some 400 bytes and Redis its size.',
      ),
    maxPayloadBytes: z
      .int()
      .min(1)
      .max(256 * mib)
      .default(256 * kib)
      .describe('Largest payload retained, bytes. State is small; files belong elsewhere.'),
  })
  .meta({ live: true });

const anyFilter = { maxPacketBytes: 65_535, maxTopicBytes: 65_535, maxTopicLevels: 65_535 };

const filters = z
  .array(
    z
      .string()
      .refine(
        (filter) => topicFilterFault(filter, anyFilter) === undefined && !filter.startsWith('$share/'),
        'must be a topic filter: `#` only as the last level, `+` only as a whole one, no `$share`',
      )
      .meta({ accepts: 'topic filters' }),
  )
  .max(1000)
  .default([]);

/** Topics closed to every device. */
export const accessSchema = z
  .strictObject({
    denySubscribe: filters.describe(
      'Topic filters nobody may subscribe to: refused in SUBACK, and not delivered to wider filters either.',
    ),
    denyPublish: filters.describe(
      'Topic filters nobody may publish to: refused with 0x87 on MQTT 5, by closing on 3.1.1; at QoS 0 dropped.',
    ),
    refusal: z
      .enum(['not-authorized', 'unspecified'])
      .default('not-authorized')
      .describe('What SUBACK of MQTT 5 says of a denied filter: 0x87, or 0x80, which does not reveal why.')
      .meta({ live: 'new connections' }),
  })
  .meta({ live: true });
