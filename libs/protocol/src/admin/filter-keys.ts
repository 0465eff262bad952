import { bands, causes, confidences, serviceClasses } from '../quality/index.ts';
import { deviceStates } from './device.ts';

/**
 * How the values of a key are read. `text`: equal, or a pattern with `*`; `number` and `duration` can be compared;
 * `choice`: one of `choices`.
 */
export type FilterKind = 'text' | 'number' | 'duration' | 'choice';

export interface FilterKey {
  readonly key: string;
  readonly kind: FilterKind;
  /** All values of a `choice`; usual ones of a `text`. */
  readonly choices?: readonly string[];
  /** What is compared, with its unit, for people. */
  readonly says: string;
}

const key = (name: string, kind: FilterKind, says: string, choices?: readonly string[]): FilterKey => ({
  key: name,
  kind,
  says,
  ...(choices !== undefined && { choices }),
});

/** Everything a filter may ask for, besides tags (`tag.NAME`) and free text. */
export const filterKeys: readonly FilterKey[] = [
  key('state', 'choice', 'connected, offline, or unknown because its node is silent', deviceStates),
  key('band', 'choice', 'band of the quality score', bands),
  key('cqi', 'number', 'quality score, 0 to 100'),
  key('cause', 'choice', 'what takes most points', causes),
  key('class', 'text', 'service class', serviceClasses),
  key('node', 'text', 'node, with or without its incarnation'),
  key('id', 'text', 'client id, exactly or with *'),
  key('fw', 'text', 'firmware: short for tag.fw'),
  key('reason', 'text', 'why it is not connected'),
  key('last', 'duration', 'time since it was last heard'),
  key('connected', 'duration', 'time since it connected; only of connected devices'),
  key('rtt', 'number', 'round trip, ms'),
  key('jitter', 'number', 'jitter, ms'),
  key('loss', 'number', 'loss, as 1% or 0.01'),
  key('flaps', 'number', 'unplanned reconnects within the hour'),
  key('backlog', 'number', 'messages that wait for it'),
  key('rate', 'number', 'messages per second'),
  key('attention', 'number', 'how soon to look at it, 0 to 1000'),
  key('ip', 'text', 'address it connects from'),
  key('prefix', 'text', 'block of addresses, 10.1.2.0/24'),
  key('behind', 'number', 'connected devices that come from its address'),
  key('proto', 'text', 'protocol', ['mqtt5', 'mqtt3.1.1', 'tributary.v1']),
  key('transport', 'text', 'transport', ['tcp', 'ws']),
  key('listener', 'text', 'listener it came in by'),
  key('zombie', 'text', 'connected and not really there; * for any', ['no-traffic', 'half-open']),
  key('sleepy', 'choice', 'declared to sleep', ['yes', 'no']),
  key('confidence', 'choice', 'how much the measurement says', confidences),
];

/** Key of a term that is free text: a part of the id. */
export const freeTextKey = 'text';
const freeText = key(freeTextKey, 'text', 'beginning or part of the id');

/** What tags are asked by: `tag.site`. */
export const tagKeyPrefix = 'tag.';

const known = new Map([...filterKeys, freeText].map((each) => [each.key, each]));
const otherNames = new Map([
  ['score', 'cqi'],
  ['protocol', 'proto'],
  ['fw', 'tag.fw'],
]);

/**
 * The key a name means; undefined when there is none. Names of ours may be written in any case; `fw` is `tag.fw`, and
 * the key of a tag is its whole name.
 */
export function findFilterKey(name: string): FilterKey | undefined {
  const lower = name.toLowerCase();
  const meant = otherNames.get(lower) ?? lower;
  if (!meant.startsWith(tagKeyPrefix)) return known.get(meant);
  const tag = (lower === meant ? name : meant).slice(tagKeyPrefix.length);
  return tag === '' ? undefined : key(tagKeyPrefix + tag, 'text', `the tag ${tag}`);
}
