import { EntryKind, Outcome, type StoredMessage } from '@tributary/backplane';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RouteResult } from '../routing/join.ts';
import type { Router } from '../routing/router.ts';
import { messageOf } from '../testing/messages.ts';
import { FanOuts } from './fan-outs.ts';

const nameOf = <T extends Record<string, unknown>>(table: T, value: unknown): string =>
  Object.keys(table).find((name) => table[name] === value) ?? '';

let fanOuts: FanOuts;
/** Messages being handed on, by payload. */
let routing: Map<string, { identity: string | undefined; onDone: (result: RouteResult) => void }>;
/** `QOS1 7 STORED done` */
let answers: string[];
let forgotten: string[];

beforeEach(() => {
  routing = new Map();
  answers = [];
  forgotten = [];
  const router = {
    route(message: StoredMessage, identity: string | undefined, onDone: (result: RouteResult) => void): void {
      routing.set(message.payload.toString(), { identity, onDone });
    },
  } as unknown as Router;
  fanOuts = new FanOuts(
    router,
    (kind, token, outcome, result) =>
      answers.push(`${nameOf(EntryKind, kind)} ${token} ${nameOf(Outcome, outcome)} ${result}`),
    (packetId, { payload }) => forgotten.push(`${packetId} ${payload.toString()}`),
  );
});

const kinds = [EntryKind.QOS0, EntryKind.QOS1, EntryKind.QOS2] as const;
/** A message somebody wants is on its way to the stream. */
const admit = (payload: string, token: number, qos: 0 | 1 | 2 = 1): void =>
  fanOuts.admitted(kinds[qos], token, messageOf({ payload: Buffer.from(payload), qos, seq: token }));
const stored = (token: number, qos: 0 | 1 | 2 = 1): boolean =>
  fanOuts.settled(kinds[qos], token, Outcome.STORED);
const routed = (payload: string, result: RouteResult = 'done'): void => {
  const one = routing.get(payload);
  routing.delete(payload);
  one!.onDone(result);
};

test('what nobody wants is the caller’s to answer', () => {
  expect(stored(1)).toBe(false);
  expect(answers).toEqual([]);
});

test('a message is handed on when the stream has it, and answered when the others have it', () => {
  admit('a', 1);
  expect(routing.size).toBe(0);
  expect(stored(1)).toBe(true);
  expect([...routing.keys()]).toEqual(['a']);
  expect(answers).toEqual([]);
  routed('a');
  expect(answers).toEqual(['QOS1 1 STORED done']);
});

describe('answers leave in the order of the messages [MQTT-4.6.0-2] [MQTT-4.6.0-3]', () => {
  test('whichever is handed on first', () => {
    for (const [payload, token] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      admit(payload, token);
    for (const token of [1, 2, 3]) stored(token);
    routed('c');
    routed('b');
    expect(answers).toEqual([]);
    routed('a');
    expect(answers).toEqual(['QOS1 1 STORED done', 'QOS1 2 STORED done', 'QOS1 3 STORED done']);
  });

  test('also those that nobody wants, behind one that waits', () => {
    admit('a', 1);
    stored(1);
    expect(stored(2)).toBe(true);
    expect(fanOuts.settled(EntryKind.RELEASE, 9, Outcome.STORED)).toBe(true);
    expect(answers).toEqual([]);
    routed('a');
    expect(answers).toEqual(['QOS1 1 STORED done', 'QOS1 2 STORED done', 'RELEASE 9 STORED done']);
    expect(stored(3)).toBe(false);
  });

  test('a failure behind one that waits waits too, and is not handed on', () => {
    admit('a', 1);
    admit('b', 2);
    stored(1);
    expect(fanOuts.settled(EntryKind.QOS1, 2, Outcome.FAILED)).toBe(true);
    expect([...routing.keys()]).toEqual(['a']);
    routed('a');
    expect(answers).toEqual(['QOS1 1 STORED done', 'QOS1 2 FAILED done']);
  });
});

test.each([
  ['FAILED', Outcome.FAILED],
  ['FENCED', Outcome.FENCED],
  ['UNKNOWN', Outcome.UNKNOWN],
])('a message the stream has not (%s) is not handed on', (name, outcome) => {
  admit('a', 1);
  expect(fanOuts.settled(EntryKind.QOS1, 1, outcome)).toBe(true);
  expect(routing.size).toBe(0);
  expect(answers).toEqual([`QOS1 1 ${name} done`]);
});

test('messages settled out of their order are told apart by their token', () => {
  // Of QoS 0, what was sent when the link broke is settled as unknown before others are sent again.
  admit('one', 1, 1);
  admit('zero', 2, 0);
  admit('two', 2, 1);
  fanOuts.settled(EntryKind.QOS0, 2, Outcome.UNKNOWN);
  expect(answers).toEqual(['QOS0 2 UNKNOWN done']);
  stored(1);
  stored(2);
  expect([...routing.keys()]).toEqual(['one', 'two']);
});

test('a router that is done at once is answered at once', () => {
  const immediate = {
    route: (_message: unknown, _identity: unknown, onDone: (result: RouteResult) => void) => onDone('done'),
  } as unknown as Router;
  const quick = new FanOuts(
    immediate,
    (_kind, token) => answers.push(String(token)),
    () => {},
  );
  for (const token of [1, 2]) quick.admitted(EntryKind.QOS1, token, messageOf());
  for (const token of [1, 2]) quick.settled(EntryKind.QOS1, token, Outcome.STORED);
  expect(answers).toEqual(['1', '2']);
});

describe('a message of QoS 2', () => {
  test('goes under the identity of its entry, others under none', () => {
    admit('once', 1, 2);
    admit('often', 2, 1);
    admit('perhaps', 3, 0);
    stored(1, 2);
    stored(2, 1);
    stored(3, 0);
    expect(routing.get('once')?.identity).toBe('sender/3/1');
    expect(routing.get('often')?.identity).toBeUndefined();
    expect(routing.get('perhaps')?.identity).toBeUndefined();
  });

  test('need not be handed on again once it was, full or not', () => {
    for (const [payload, token] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const) {
      admit(payload, token, 2);
      stored(token, 2);
    }
    routed('a', 'done');
    routed('b', 'full');
    routed('c', 'failed');
    expect(forgotten).toEqual(['1 a', '2 b']);
    expect(answers).toEqual(['QOS2 1 STORED done', 'QOS2 2 STORED full', 'QOS2 3 STORED failed']);
  });

  test('an earlier connection stored is handed on again, and answered in its turn', () => {
    admit('a', 1);
    stored(1);
    fanOuts.routeAgain(EntryKind.QOS2, 7, messageOf({ payload: Buffer.from('again'), epoch: 2, seq: 5 }));
    expect(routing.get('again')?.identity).toBe('sender/2/5');
    routed('again');
    expect(answers).toEqual([]);
    routed('a');
    expect(answers).toEqual(['QOS1 1 STORED done', 'QOS2 7 STORED done']);
  });
});
