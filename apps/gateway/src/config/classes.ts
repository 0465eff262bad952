import { serviceClasses, topicFilterFault } from '@tributary/protocol';
import { z } from 'zod';

const kib = 1024;
const mib = 1024 * kib;

const serviceClass = z.enum(serviceClasses);
const pattern = z.string().min(1).max(1024);
const anyFilter = { maxPacketBytes: 65_535, maxTopicBytes: 65_535, maxTopicLevels: 65_535 };
const topicFilter = z
  .string()
  .refine(
    (filter) => topicFilterFault(filter, anyFilter) === undefined && !filter.startsWith('$share/'),
    'must be a topic filter: `#` only as the last level, `+` only as a whole one, no `$share`',
  )
  .meta({ accepts: 'a topic filter' });

const certificateSchema = z.strictObject({
  commonName: pattern.optional().describe('Common name of the subject.'),
  alternativeName: pattern
    .optional()
    .describe('One of the alternative names, such as `DNS:*.plant.example`.'),
  issuer: pattern.optional().describe('Issuer, in one line as the certificate names it.'),
  fingerprint: pattern.optional().describe('SHA-256 of the certificate, 64 lower-case hexadecimal digits.'),
});

const ruleSchema = z
  .strictObject({
    clientId: pattern
      .optional()
      .describe('Client ids it is about; `*` stands for any characters, here and below.'),
    user: pattern.optional().describe('Users, as their authenticator names them.'),
    claims: z
      .record(z.string().min(1).max(128), pattern)
      .refine((claims) => Object.keys(claims).length <= 16, 'must be 16 claims at the most')
      .optional()
      .meta({ accepts: 'a map of at most 16 names to texts' })
      .describe('Claims of the identity; of a list one value has to match.'),
    certificate: certificateSchema.optional().describe('Fields of the client certificate.'),
    listener: pattern.optional().describe('Names of listeners.'),
    class: serviceClass.describe('Class of the devices of which all of the above is so.'),
  })
  .refine(
    ({ class: _, ...asked }) => Object.values(asked).some((value) => value !== undefined),
    'must name at least one of clientId, user, claims, certificate and listener',
  );

const topicSchema = z.strictObject({
  filter: topicFilter.describe('Topics, as a topic filter.'),
  class: serviceClass.describe('Class a device is raised to by publishing to one of them.'),
});

const sharesSchema = z.strictObject({
  critical: z.int().min(1).max(1000).default(60).describe('Share of devices of class `critical`.'),
  standard: z.int().min(1).max(1000).default(30).describe('Share of devices of class `standard`.'),
  bulk: z.int().min(1).max(1000).default(10).describe('Share of devices of class `bulk`.'),
});

const level = z.enum(['received', 'stored', 'replicated']).default('stored');

const acknowledgeSchema = z.strictObject({
  critical: level.describe('When a message of a `critical` device is acknowledged.'),
  standard: level.describe('The same for `standard`.'),
  bulk: level.describe('The same for `bulk`.'),
});

const replicasSchema = z.strictObject({
  count: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe('Replicas that must have a message before `replicated` acknowledges it.'),
  timeoutMs: z
    .int()
    .min(10)
    .max(60_000)
    .default(500)
    .describe(
      'Longest wait for them, ms; then the connection closes `not-replicated`. A replica in the same place answers in a few.',
    ),
});

/** Which devices matter more when there is not enough for all. */
export const classesSchema = z
  .strictObject({
    rules: z
      .array(ruleSchema)
      .max(1000)
      .default([])
      .describe(
        'Class of a device when it connects: the first rule of which everything holds. Without one `devices.rules`, its identity, its listener decide; else it is `standard`.',
      ),
    topics: z
      .array(topicSchema)
      .max(64)
      .default([])
      .describe(
        'Topics that raise whoever publishes to them, such as alarms. Each costs every message a look.',
      ),
    commands: serviceClass
      .optional()
      .describe(
        'Class a device is raised to while a message above QoS 0 waits for its answer. Unset: none, as many devices always have one on its way.',
      ),
    watched: serviceClass
      .optional()
      .describe(
        'Class a device is raised to while a trace looks at it. Unset: none, so that looking changes nothing.',
      ),
    holdMs: z
      .int()
      .min(1000)
      .max(3_600_000)
      .default(30_000)
      .describe(
        'How long a raise lasts after its cause, ms. Long enough for what follows an alarm, and to tell few changes.',
      ),
    shares: sharesSchema
      .prefault({})
      .describe(
        'Least share of the way to Redis for each class when all want more than there is, as weights.',
      ),
    flushBytes: z
      .int()
      .min(16 * kib)
      .max(64 * mib)
      .default(256 * kib)
      .describe(
        'Most bytes in one write to Redis while devices of several classes are here: a critical message waits for one at the most. Some 2 ms of Redis.',
      ),
    acknowledge: acknowledgeSchema
      .prefault({})
      .describe(
        'When messages of a class are acknowledged: once Redis has them, once replicas have them too, or (`received`, never QoS 2) before they are stored: those may be lost.',
      )
      .meta({ live: 'new connections' }),
    replicas: replicasSchema.prefault({}).meta({ live: false }),
  })
  .meta({ live: true });
