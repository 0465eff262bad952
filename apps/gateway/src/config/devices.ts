import { isTagName, isTagValue, maxTags, serviceClasses } from '@tributary/protocol';
import { z } from 'zod';

const tagsSchema = z
  .record(
    z.string().refine(isTagName, 'must be 1 to 32 of a-z, 0-9, _ and -'),
    z.string().refine(isTagValue, 'must be a text of 1 to 64 characters, none of them a control character'),
  )
  .refine((tags) => Object.keys(tags).length <= maxTags, `must be ${maxTags} tags at the most`)
  .meta({ accepts: 'a map of at most 16 names to texts' });

const ruleSchema = z.strictObject({
  match: z
    .string()
    .min(1)
    .max(1024)
    .describe('Client ids it is about; `*` stands for any characters. Case counts.'),
  class: z
    .enum(serviceClasses)
    .optional()
    .describe('Service class: what is asked of the link, see docs/quality.md. Without any rule: `standard`.'),
  sleepy: z
    .boolean()
    .optional()
    .describe('The device sleeps between its messages: silence and reconnects cost its quality nothing.'),
  tags: tagsSchema.default({}).describe('Tags for the dashboard, and in the events of the device.'),
});

/** What operators say of devices, and what devices may say of themselves. */
export const devicesSchema = z
  .strictObject({
    rules: z
      .array(ruleSchema)
      .max(1000)
      .default([])
      .describe(
        'Looked at in order. Of those that match, the first that sets a trait or a tag decides on it.',
      ),
    acceptTags: z
      .boolean()
      .default(true)
      .describe(
        'Take tags from devices: user properties `tag.NAME` of CONNECT, `tags` of hello. They never override a rule.',
      ),
  })
  .meta({ live: 'new connections' });
