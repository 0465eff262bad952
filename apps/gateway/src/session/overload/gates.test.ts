import { type UplinkMessage, wholeMessage } from '@tributary/backplane';
import type { ServiceClass } from '@tributary/protocol';
import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { rulesOf } from '../../admission/overload/ladder.ts';
import type { Session } from '../session.ts';
import { Gates } from './gates.ts';

const settings = { leastPerSecond: 10, maxPauseMs: 5000, holdMs: 1000, maxHeldTopics: 4, maxHeldBytes: 1e6 };

/** A device as far as its gate goes: what it sends is taken only while its connection is not paused. */
class Device {
  readonly admitted: string[] = [];
  readonly told: number[] = [];
  shed = 0;
  isPaused = false;
  /** PINGREQs that were heard. */
  pings = 0;
  readonly session: Session;
  readonly #unread: [qos: 0 | 1, topic: string, payload: string][] = [];

  constructor(serviceClass: ServiceClass, keepAliveMs = 60_000) {
    const connection = {
      keepAliveMs,
      heardAt: 0,
      packetBytes: 1,
      behindBytes: 0,
      pause: () => (this.isPaused = true),
      resume: () => this.#resume(),
    };
    const upstream = {
      overload: undefined,
      shed: () => this.shed++,
      admit: ({ qos, topic, bytes }: UplinkMessage) =>
        this.admitted.push(`${topic.toString()}=${bytes.toString()}@${qos}`),
    };
    const saySlowDown = (ms: number) => this.told.push(ms);
    this.session = { class: serviceClass, connection, upstream, saySlowDown } as unknown as Session;
  }

  send(qos: 0 | 1, topic: string, payload: string): void {
    if (this.isPaused) this.#unread.push([qos, topic, payload]);
    else this.#take(qos, topic, payload);
  }

  /** PINGREQ, behind all it has sent. */
  ping(): void {
    this.send(0, 'PINGREQ', '');
  }

  #take(qos: 0 | 1, topic: string, payload: string): void {
    if (topic === 'PINGREQ') return void this.pings++;
    this.session.connection.behindBytes = this.#unread.length;
    const { upstream } = this.session;
    const isKept = upstream.overload?.keeps(wholeMessage(qos, 0, Buffer.from(topic), Buffer.from(payload)));
    if (isKept !== true) this.admitted.push(`${topic}=${payload}@${qos}`);
  }

  #resume(): void {
    this.isPaused = false;
    while (!this.isPaused && this.#unread.length > 0) this.#take(...this.#unread.shift()!);
  }
}

function stage() {
  const clock = new ManualClock();
  const gates = new Gates(settings, () => clock.monotonic());
  return {
    clock,
    gates,
    /** Time passes as the node's timer has it. */
    pass(ms: number): void {
      for (let at = 0; at < ms; at += 20) {
        clock.advance(20);
        gates.move();
        if (at % 100 === 0) gates.release();
        if (at % 240 === 0) gates.sweep();
      }
    },
  };
}

test('slowed devices together get the pace, each its fair part of it', () => {
  const { gates, pass } = stage();
  gates.beginSlowing('bulk', 200);
  const greedy = new Device('bulk');
  const others = Array.from({ length: 9 }, () => new Device('bulk'));
  for (const device of [greedy, ...others]) gates.fit(device.session, rulesOf('slow-bulk', 'bulk'));
  for (let i = 0; i < 5000; i++) greedy.send(1, 't', String(i));
  for (const device of others) for (let i = 0; i < 500; i++) device.send(1, 't', String(i));
  pass(10_000);
  const taken = [greedy, ...others].map(({ admitted }) => admitted.length);
  expect(taken.reduce((sum, count) => sum + count)).toBeGreaterThan(950);
  expect(taken.reduce((sum, count) => sum + count)).toBeLessThan(1100);
  expect(Math.max(...taken) - Math.min(...taken)).toBeLessThan(30);
  expect(greedy.admitted.slice(0, 3)).toEqual(['t=0@1', 't=1@1', 't=2@1']);
});

test('nobody waits for longer than a quarter of its keep-alive, however long the line is', () => {
  const { gates, clock, pass } = stage();
  gates.beginSlowing('bulk', 20);
  const line = Array.from({ length: 500 }, () => new Device('bulk'));
  const short = new Device('bulk', 4000);
  for (const device of [...line, short]) {
    gates.fit(device.session, rulesOf('slow-bulk', 'bulk'));
    for (let i = 0; i < 50; i++) device.send(1, 't', String(i));
  }
  expect(short.isPaused).toBe(true);
  const before = short.admitted.length;
  const beganMs = clock.monotonic();
  while (short.admitted.length === before) pass(240);
  expect(clock.monotonic() - beganMs).toBeLessThanOrEqual(1000 + 480);
});

test('a device that sends at QoS 0 what cannot be had is heard in time: what it sends is dropped instead', () => {
  const { gates, pass } = stage();
  gates.beginSlowing('bulk', 40);
  const devices = Array.from({ length: 20 }, () => new Device('bulk'));
  for (const device of devices) gates.fit(device.session, rulesOf('slow-bulk', 'bulk'));
  for (let second = 1; second <= 180; second++) {
    for (const device of devices) for (let i = 0; i < 10; i++) device.send(0, 't', String(second));
    if (second % 60 === 0) for (const device of devices) device.ping();
    pass(1000);
  }
  pass(10_000);
  expect(devices.map(({ pings }) => pings)).toEqual(devices.map(() => 3));
  const taken = devices.map(({ admitted }) => admitted.length);
  expect(Math.min(...taken)).toBeGreaterThan(60);
  expect(taken.reduce((sum, count) => sum + count)).toBeLessThan(20 * 190 * 1.2);
  for (const { admitted, shed } of devices) expect(admitted.length + shed).toBeGreaterThan(1700);
});

test('a device is told to slow down when it is paused, and not each time', () => {
  const { gates, pass } = stage();
  gates.beginSlowing('bulk', 20);
  const device = new Device('bulk');
  gates.fit(device.session, rulesOf('slow-bulk', 'bulk'));
  for (let i = 0; i < 500; i++) device.send(1, 't', String(i));
  pass(9000);
  expect(device.told).toEqual([1000]);
  pass(2000);
  expect(device.told).toHaveLength(2);
});

test('of shed messages the latest of each topic is handed on after the interval, in the order they came', () => {
  const { gates, pass } = stage();
  gates.beginSlowing('bulk', 100_000);
  const device = new Device('bulk');
  gates.fit(device.session, rulesOf('shed-bulk', 'bulk'));
  for (const value of ['1', '2', '3']) {
    device.send(0, 'a', value);
    device.send(0, 'b', value);
  }
  device.send(0, 'a', '4');
  expect(device.admitted).toEqual([]);
  pass(1200);
  expect(device.admitted).toEqual(['b=3@0', 'a=4@0']);
  expect(device.shed).toBe(5);
  expect(gates.heldBytes).toBe(0);
});

test('a message above QoS 0 is never held, and does not overtake what is', () => {
  const { gates, pass } = stage();
  gates.beginSlowing('bulk', 100_000);
  const device = new Device('bulk');
  gates.fit(device.session, rulesOf('refuse-bulk', 'bulk'));
  device.send(0, 'a', '1');
  device.send(1, 'b', '2');
  pass(20);
  expect(device.admitted).toEqual(['a=1@0', 'b=2@1']);
});

test('when the ladder is back, a device is free and what was held of it handed on', () => {
  const { gates } = stage();
  gates.beginSlowing('bulk', 20);
  const device = new Device('bulk');
  gates.fit(device.session, rulesOf('shed-bulk', 'bulk'));
  for (let i = 0; i < 20; i++) device.send(0, 't', String(i));
  expect(device.isPaused).toBe(true);
  gates.fit(device.session, rulesOf('normal', 'bulk'));
  expect(device.isPaused).toBe(false);
  expect(device.session.upstream.overload).toBeUndefined();
  expect(device.admitted.at(-1)).toBe('t=19@0');
  expect(gates.count).toBe(0);
});

test('a device that leaves takes nothing with it', () => {
  const { gates, pass } = stage();
  gates.beginSlowing('bulk', 20);
  const device = new Device('bulk');
  gates.fit(device.session, rulesOf('shed-bulk', 'bulk'));
  device.send(0, 't', 'last');
  gates.leave(device.session);
  expect(device.admitted).toEqual(['t=last@0']);
  pass(2000);
  expect([gates.count, gates.heldBytes, device.admitted.length]).toEqual([0, 0, 1]);
});

test('a device that becomes critical is free at once; one of another class goes to its line', () => {
  const { gates } = stage();
  gates.beginSlowing('bulk', 20);
  gates.beginSlowing('standard', 20);
  const device = new Device('bulk');
  const reclass = (serviceClass: ServiceClass): void => {
    Object.assign(device.session, { class: serviceClass });
    gates.fit(device.session, rulesOf('critical-only', serviceClass));
  };
  reclass('bulk');
  for (let i = 0; i < 20; i++) device.send(1, 't', String(i));
  expect(gates.waiting()).toEqual([
    ['bulk', 1],
    ['standard', 0],
  ]);
  reclass('standard');
  for (let i = 0; i < 20; i++) device.send(1, 't', String(i));
  expect(gates.waiting()).toEqual([
    ['bulk', 0],
    ['standard', 1],
  ]);
  reclass('critical');
  expect(device.isPaused).toBe(false);
  expect(device.admitted).toHaveLength(40);
});
