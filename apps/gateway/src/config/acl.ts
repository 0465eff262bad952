import { parseIpPrefix, serviceClasses, topicFilterFault } from '@tributary/protocol';
import { z } from 'zod';
import { placeholderFault, withoutPlaceholders } from '../admission/acl/placeholders.ts';

/** Each SUBSCRIBE is compared with all of them. */
const maxFilters = 5000;

const anyFilter = { maxPacketBytes: 65_535, maxTopicBytes: 65_535, maxTopicLevels: 65_535 };

function filterFault(filter: string): string | undefined {
  if (filter.startsWith('$share/')) return 'no $share: a shared subscription is judged by its filter';
  return placeholderFault(filter) ?? topicFilterFault(withoutPlaceholders(filter), anyFilter);
}

const topicSchema = z
  .string()
  .max(1024)
  .check(
    z.superRefine((filter, context) => {
      const fault = filterFault(filter);
      if (fault !== undefined)
        context.addIssue({ code: 'custom', message: `must be a topic filter (${fault})` });
    }),
  )
  .meta({ accepts: 'a topic filter, with `${clientId}`, `${user}`, `${claim.NAME}`' });

const globSchema = z.string().min(1).max(1024);
const nameSchema = z.string().min(1).max(128);

const whoSchema = z.strictObject({
  clientId: globSchema.optional().describe('Client ids; `*` stands for any characters. Case counts.'),
  user: globSchema
    .optional()
    .describe(
      'Users as an authenticator vouches for them; `*` stands for any characters. Devices without one are not meant.',
    ),
  authenticator: nameSchema
    .optional()
    .describe('Name of the authenticator that vouches for the device; `anonymous`: nobody does.'),
  class: z.enum(serviceClasses).optional().describe('Service class the device came in with.'),
  listener: nameSchema.optional().describe('Name of the listener it came to.'),
  address: z
    .string()
    .refine((text) => parseIpPrefix(text) !== undefined, 'must be ADDRESS/LENGTH, such as 10.0.0.0/8')
    .meta({ accepts: 'ADDRESS/LENGTH' })
    .optional()
    .describe('Block of addresses it comes from, such as `10.0.0.0/8`.'),
  claims: z
    .record(nameSchema, z.union([z.string().max(1024), z.number(), z.boolean()]))
    .meta({ accepts: 'a map of names to texts, numbers or truth values' })
    .optional()
    .describe('Claims of its identity that have these values, or are lists that hold them.'),
});

const ruleSchema = z.strictObject({
  effect: z.enum(['allow', 'deny']).describe('What the rule says of the topics it names.'),
  action: z
    .enum(['publish', 'subscribe', 'all'])
    .default('all')
    .describe('About what devices say, what they hear, or both.'),
  topics: z
    .array(topicSchema)
    .min(1)
    .max(100)
    .describe(
      'Topic filters. A device that lacks a value which a filter asks for is not meant by that filter.',
    ),
  who: whoSchema
    .optional()
    .describe('Whom it is about: all that is said here has to hold. Left out: everybody.'),
});

const defaults = ['own-branch', 'allow', 'deny'] as const;

/** What each device may say and hear. */
export const aclSchema = z
  .strictObject({
    default: z
      .enum(defaults)
      .default('own-branch')
      .describe(
        'Where no rule matches, for devices an authenticator vouches for: their own branch `devices/${clientId}/#` alone, everything, or nothing. One stolen device then speaks for nobody else.',
      ),
    anonymousDefault: z
      .enum(defaults)
      .default('allow')
      .describe(
        'The same for devices nobody vouches for. `allow`: their client ids prove nothing, so their branches would protect nothing either.',
      ),
    deniedPublish311: z
      .enum(['acknowledge', 'close'])
      .default('acknowledge')
      .describe(
        'A denied PUBLISH of MQTT 3.1.1, which has no word for it: acknowledged and dropped, or the connection closed. Closed devices come back at once and publish the same again.',
      ),
    rules: z
      .array(ruleSchema)
      .max(1000)
      .refine(
        (rules) => rules.reduce((sum, { topics }) => sum + topics.length, 0) <= maxFilters,
        `must have ${maxFilters} topic filters in all at the most`,
      )
      .meta({ accepts: 'at most 1000 rules with 5000 topic filters in all' })
      .default([])
      .describe(
        'Looked at in order: the first whose topics match decides. `access.deny…` come before all of them.',
      ),
  })
  .meta({ live: true });
