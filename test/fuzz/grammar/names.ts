import type { Random } from '../random.ts';

/** The few ids the connections share, so that they take each other over and find each other's sessions. */
const clientIds = ['f0', 'f1', 'f2', 'f3', 'f4', 'fü/+#'] as const;

/** The few topics they share, so that what one publishes reaches others. */
const topics = [
  'f/a',
  'f/b',
  'f/a/b',
  'f',
  '/f',
  'f//',
  'f/$a',
  '$f/a',
  'f/ä/设备',
  'f/1/2/3/4/5',
  'f/denied/a',
  'f/denied/b',
] as const;
const badTopics = ['', 'f/+', 'f/#', '#', 'f\0a', '\ud800', 'x'.repeat(80), '/'.repeat(12)] as const;

const filters = [
  ...[
    '#',
    '+',
    '+/+',
    'f/#',
    'f/+',
    '+/a',
    'f/a',
    'f/b',
    'f/a/#',
    'f/+/b',
    '/+',
    'f//',
    '$f/#',
    '$f/+',
    'f/denied/a',
  ],
  ...['$share/g/f/#', '$share/g/#', '$share/g/f/+', '$share/h/+/a', '$share/h/f/a', '$share/i/$f/#'],
] as const;
const badFilters = [
  ...['', 'f#', 'f/#/a', '+f', 'f/+a', '#/', '$share', '$share/', '$share/g', '$share/g/', '$share//a'],
  ...['$share/+/a', '$share/g#/a', 'f\0', '/'.repeat(12), 'x'.repeat(80)],
] as const;

/** Of a case whose connections are all of one device, that one. */
export const aSharedClientId = (random: Random): string => random.pick(clientIds);

export const aClientId = (random: Random): string => (random.chance(12) ? '' : random.pick(clientIds));

export const aTopic = (random: Random): string =>
  random.chance(3) ? random.pick(badTopics) : random.pick(topics);

export const aFilter = (random: Random): string =>
  random.chance(5) ? random.pick(badFilters) : random.pick(filters);

/** Mostly a few bytes, sometimes none, sometimes as much as fits a packet, or more. */
export function aPayload(random: Random): Buffer {
  const bytes = random.weighted([
    [10, 0],
    [60, random.between(1, 40)],
    [15, random.between(100, 2000)],
    [4, random.between(10_000, 19_900)],
    [1, random.between(19_990, 24_000)],
  ]);
  if (bytes > 60) return Buffer.alloc(bytes, random.below(256));
  return random.chance(70) ? Buffer.alloc(bytes, 'hello ') : random.bytes(bytes);
}

/** Packet ids that both sides are likely to use. */
export const aPacketId = (random: Random): number =>
  random.weighted([
    [90, random.between(1, 4)],
    [6, random.between(5, 300)],
    [4, 65_535],
  ]);
