import type { Random } from '../random.ts';
import { aClientId, aFilter, aPayload, aTopic } from './names.ts';
import type { Said } from './mqtt-session.ts';

/** A JSON frame of `tributary.v1`. */
export interface DeviceFrame {
  type: string;
  [field: string]: unknown;
}

type Production = (random: Random) => DeviceFrame;

const anId = (random: Random): number =>
  random.pick([1, 2, 3, random.between(4, 1000), Number.MAX_SAFE_INTEGER]);

const hello: Production = (random) => ({
  type: 'hello',
  ...random.maybe(90, 'clientId', () => aClientId(random)),
  ...random.maybe(60, 'cleanStart', () => random.chance(40)),
  ...random.maybe(60, 'expiry', () => random.pick([0, 1, 60, 0xffff_ffff])),
  ...random.maybe(60, 'keepAlive', () => random.pick([0, 1, 60, 65_535])),
  ...random.maybe(5, 'resumeKey', () => random.bytes(32).toString('base64')),
  ...random.maybe(5, 'resumeEpoch', () => random.pick([1, 2, 1000, Number.MAX_SAFE_INTEGER])),
});

const publish: Production = (random) => ({
  type: 'publish',
  topic: aTopic(random),
  ...random.maybe(60, 'id', () => anId(random)),
  ...random.pick<() => Record<string, unknown>>([
    () => ({ payload: aPayload(random).toString('latin1') }),
    () => ({ payload: aPayload(random).toString('base64'), encoding: 'base64' }),
    () => ({ payload: { on: true, values: [1, 2.5, null, 'x'] } }),
  ])(),
  ...random.maybe(20, 'contentType', () => 'application/json'),
  ...random.maybe(25, 'retain', () => random.chance(70)),
  ...random.maybe(10, 'responseTopic', () => aTopic(random)),
  ...random.maybe(10, 'correlation', () => random.bytes(5).toString('base64')),
  ...random.maybe(20, 'expiry', () => random.pick([0, 1, 60])),
});

const subscribe: Production = (random) => ({
  type: 'subscribe',
  id: anId(random),
  topics: Array.from({ length: random.between(1, 3) }, () => ({
    filter: aFilter(random),
    ...random.maybe(60, 'qos', () => random.pick([0, 1])),
    ...random.maybe(10, 'noLocal', () => random.chance(50)),
    ...random.maybe(30, 'retainHandling', () => random.pick([0, 1, 2])),
  })),
});

const unsubscribe: Production = (random) => ({
  type: 'unsubscribe',
  id: anId(random),
  topics: Array.from({ length: random.between(1, 3) }, () => aFilter(random)),
});

const productions: readonly (readonly [number, Production])[] = [
  [40, publish],
  [20, subscribe],
  [5, unsubscribe],
  [15, (random) => ({ type: 'ack', id: random.pick([1, 2, 3, anId(random)]) })],
  [5, () => ({ type: 'ping' })],
  [2, hello],
  [1, (random) => ({ type: 'proof', proof: random.bytes(32).toString('base64') })],
  [2, () => ({ type: 'bye' })],
];

/** Text of a frame, and what it says. */
export function deviceSaid(frame: DeviceFrame): Said {
  const bytes = Buffer.from(JSON.stringify(frame));
  // Who comes back by a key is asked first.
  const isAsked = frame['resumeEpoch'] !== undefined;
  const awaits = isAsked ? undefined : ({ hello: 'greeted', ping: 'ponged' }[frame.type] as Said['awaits']);
  const topics = frame['topics'] as (string | { filter: string })[] | undefined;
  const filters = topics?.map((topic) => (typeof topic === 'string' ? topic : topic.filter));
  const says = filters === undefined ? frame.type : `${frame.type} ${JSON.stringify(filters)}`;
  return { bytes, says, ...(awaits === undefined ? {} : { awaits }) };
}

/** What a plain device, of this id or any, may say on one connection. */
export function deviceSession(random: Random, clientId?: string): DeviceFrame[] {
  const frames = [{ ...hello(random), ...(clientId === undefined ? {} : { clientId }) }];
  for (let n = random.between(0, 10); n > 0; n--) frames.push(random.weighted(productions)(random));
  frames.push({ type: random.chance(30) ? 'bye' : 'ping' });
  return frames;
}
