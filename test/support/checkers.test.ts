import { expect, test } from 'vitest';
import { faultsOfHistory } from './history.ts';
import { metric, parseMetrics } from './metrics.ts';
import { brokenPromises } from './promises.ts';
import { Publisher, type Sent } from './publisher.ts';
import type { EventEntry, UplinkEntry } from './streams.ts';

const event = (type: string, epoch: number, previousEpoch?: number): EventEntry => ({
  id: '',
  partition: 0,
  type,
  epoch,
  device: 'd',
  fields: previousEpoch === undefined ? {} : { previousEpoch: String(previousEpoch) },
});

test.each<[string, EventEntry[], RegExp | undefined]>([
  [
    'a legal history',
    [event('connected', 1), event('superseded', 3, 1), event('disconnected', 3), event('connected', 4)],
    undefined,
  ],
  ['connected over a live epoch', [event('connected', 1), event('connected', 2)], /over the live epoch 1/],
  [
    'a late disconnected',
    [event('connected', 1), event('superseded', 2, 1), event('disconnected', 1)],
    /epoch 2 is live/,
  ],
  [
    'disconnected twice',
    [event('connected', 1), event('disconnected', 1), event('disconnected', 1)],
    /epoch none is live/,
  ],
  [
    'an epoch that falls',
    [event('connected', 2), event('disconnected', 2), event('connected', 1)],
    /epoch 2 was there before/,
  ],
  ['superseded of the wrong epoch', [event('connected', 1), event('superseded', 3, 2)], /names epoch 2/],
  [
    'wills, one after its delay',
    [
      ...[event('connected', 1), event('will', 1), event('disconnected', 1), event('connected', 2)],
      ...[event('disconnected', 2), event('connected', 3), event('will', 2)],
    ],
    undefined,
  ],
  [
    'a will twice',
    [event('connected', 1), event('disconnected', 1), event('will', 1), event('will', 1)],
    /a second one/,
  ],
  ['a will of nobody', [event('connected', 1), event('will', 2)], /epoch 1 is the last/],
])('judges a presence history: %s', (_, events, fault) => {
  const faults = faultsOfHistory(events);
  if (fault === undefined) expect(faults).toEqual([]);
  else expect(faults.join()).toMatch(fault);
});

const entry = (index: number, qos: number, seq: number, epoch = 1): UplinkEntry => ({
  id: '',
  partition: 0,
  names: [],
  fields: {},
  device: 'd',
  epoch,
  seq,
  topic: 't',
  qos,
  ts: 0,
  payload: Buffer.from(`d:${index}:${qos}`),
});

/** A publisher that sent these messages on one connection, acknowledged where so marked. */
function publisher(...rows: [qos: 0 | 1 | 2, isAcknowledged: boolean][]): Publisher {
  const made = new Publisher(0, 'd');
  rows.forEach(([qos, done], index) =>
    made.messages.push({ index, qos, packetId: index + 1, state: done ? 'done' : 'sent' }),
  );
  const sent = made.messages.filter(({ qos }) => qos > 0);
  made.lives.push({
    sent,
    repeated: new Set(),
    acknowledged: new Set(sent.filter(({ state }: Sent) => state === 'done')),
  });
  return made;
}

test.each<[string, Publisher, UplinkEntry[], RegExp | undefined]>([
  [
    'all kept, QoS 1 repeated',
    publisher([1, true], [2, true]),
    [entry(0, 1, 1), entry(1, 2, 2), entry(0, 1, 1)],
    undefined,
  ],
  ['a repeat in a new epoch', publisher([1, true]), [entry(0, 1, 5), entry(0, 1, 1, 2)], undefined],
  [
    'acknowledged and missing',
    publisher([1, true], [1, true]),
    [entry(0, 1, 1)],
    /message 1 .* is not stored/,
  ],
  [
    'out of order',
    publisher([1, true], [1, true]),
    [entry(1, 1, 2), entry(0, 1, 1)],
    /seq 1 \(message 0, QoS 1\) behind/,
  ],
  [
    'sequence drawn out of order',
    publisher([1, true], [1, true]),
    [entry(1, 1, 1), entry(0, 1, 2)],
    /message 0, QoS 1\) behind/,
  ],
  ['QoS 2 twice', publisher([2, true]), [entry(0, 2, 1), entry(0, 2, 1)], /QoS 2 is stored 2 times/],
  ['QoS 0 twice', publisher([0, false]), [entry(0, 0, 1), entry(0, 0, 1)], /QoS 0 is stored 2 times/],
  [
    'a repeat under another seq',
    publisher([1, true]),
    [entry(0, 1, 1), entry(0, 1, 2)],
    /2 sequence numbers/,
  ],
  [
    'one seq for two messages',
    publisher([1, true], [1, true]),
    [entry(0, 1, 1), entry(1, 1, 1)],
    /stands for messages 0 and 1/,
  ],
  [
    'a gap in the acknowledgements',
    publisher([1, true], [1, false], [1, true]),
    [entry(0, 1, 1), entry(2, 1, 3)],
    /2 \(QoS 1\) acknowledged, 1 \(QoS 1\) before it not/,
  ],
])('judges what became of messages: %s', (_, sender, entries, fault) => {
  const faults = brokenPromises(sender, entries);
  if (fault === undefined) expect(faults).toEqual([]);
  else expect(faults.join()).toMatch(fault);
});

test('reads the text of /metrics', () => {
  const samples = parseMetrics('# TYPE a counter\na{x="1",y="q\\"}"} 2\na{x="2"} 3.5\nb 7\n');
  expect(metric(samples, 'a')).toBe(5.5);
  expect(metric(samples, 'a', { x: '1' })).toBe(2);
  expect(metric(samples, 'b')).toBe(7);
  expect(metric(samples, 'none')).toBe(0);
});
