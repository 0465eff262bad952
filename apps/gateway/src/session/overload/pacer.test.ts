import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { Pace } from '../../admission/overload/pace.ts';
import type { Connection } from '../../connection/connection.ts';
import type { Session } from '../session.ts';
import { Patience } from '../throttling/patience.ts';
import { type Paced, Pacer } from './pacer.ts';

const window = 64;

/** A device that has so many messages ready, and whose connection is read as far as the pacer lets it. */
class Sender implements Paced {
  turn = 0;
  promised = 0;
  isHeldBack = false;
  pausedAtMs = 0;
  pausedUntilMs = 0;
  toldMs = -Infinity;
  drops = 0;
  taken = 0;
  dropped = 0;
  resumed = 0;
  readonly session: Session;
  readonly patience: Patience;
  readonly #connection = {
    keepAliveMs: 60_000,
    packetBytes: 10,
    behindBytes: 0,
    pause: () => (this.#isPaused = true),
    resume: () => this.#resume(),
  };
  readonly #pacer: Pacer;
  readonly #qos: 0 | 1;
  #ready = 0;
  #isPaused = false;

  constructor(pacer: Pacer, qos: 0 | 1, keepAliveMs = 60_000) {
    this.#pacer = pacer;
    this.#qos = qos;
    this.#connection.keepAliveMs = keepAliveMs;
    this.session = { connection: this.#connection, window, saySlowDown: () => {} } as unknown as Session;
    this.patience = new Patience(this.#connection as unknown as Connection);
  }

  get ready(): number {
    return this.#ready;
  }

  /** So many messages more are in the socket. */
  send(count: number): void {
    this.#ready += count;
    if (!this.#isPaused) this.#read();
  }

  #resume(): void {
    this.resumed++;
    this.#isPaused = false;
    this.#read();
  }

  #read(): void {
    while (this.#ready > 0 && !this.#isPaused) {
      this.#ready--;
      this.#connection.behindBytes = this.#ready * this.#connection.packetBytes;
      if (this.#pacer.takes(this, this.#qos)) this.taken++;
      else this.dropped++;
    }
  }
}

/** `perSecond` is what the slowed devices get together. */
function stage(perSecond: number) {
  const clock = new ManualClock();
  const pace = new Pace({ least: 1 });
  pace.begin(perSecond * 2, clock.monotonic());
  clock.advance(1000);
  const pacer = new Pacer(
    pace,
    5000,
    () => clock.monotonic(),
    () => {},
  );
  /** Time passes as the node's timer has it. */
  const pass = (ms: number, each: () => void = () => {}): void => {
    for (let at = 0; at < ms; at += 2) {
      clock.advance(2);
      if (at % 240 === 0) pacer.sweep();
      pacer.move();
      each();
    }
  };
  return { clock, pacer, pass };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

test('however many have something to say, a move lets on a few of them, all in turn', () => {
  const { clock, pacer } = stage(1e8);
  const senders = Array.from({ length: 320 }, () => new Sender(pacer, 1));
  for (const sender of senders) sender.send(1000);
  expect(new Set(senders.map(({ taken }) => taken))).toEqual(new Set([8]));
  for (let move = 1; move <= 20; move++) {
    clock.advance(2);
    pacer.move();
    expect(sum(senders.map(({ resumed }) => resumed))).toBe(move * 32);
  }
  expect(new Set(senders.map(({ taken }) => taken))).toEqual(new Set([24]));
});

test('a PINGREQ behind a full window is heard within the keep-alive, however small the share is', () => {
  const { pacer, pass } = stage(20);
  const senders = Array.from({ length: 500 }, () => new Sender(pacer, 1, 20_000));
  // What the pace allows is long used up.
  for (const sender of senders) sender.send(1000);
  pass(20_000);
  for (const sender of senders) sender.send(window - sender.ready);
  pass(15_000);
  expect(Math.max(...senders.map(({ ready }) => ready))).toBe(0);
});

test('devices that send more than there are turns for are held back', () => {
  const { pacer, pass } = stage(1e8);
  for (let i = 0; i < 200; i++) new Sender(pacer, 1).send(2000);
  pass(250);
  expect(pacer.takeHeldBack()).toBe(true);
});

test('devices of which some send several messages in a row are not', () => {
  const { pacer, pass } = stage(1e8);
  const senders = Array.from({ length: 200 }, () => new Sender(pacer, 1));
  let turn = 0;
  pass(1000, () => senders[turn++ % senders.length]!.send(turn % 50 === 0 ? 20 : 1));
  expect(pacer.takeHeldBack()).toBe(false);
  expect(sum(senders.map(({ ready }) => ready))).toBeLessThan(20);
});

test('of a device at QoS 0 that is held back for long the rest of what came is dropped, but for its part of the pace', () => {
  const { pacer, pass } = stage(1000);
  const senders = Array.from({ length: 10 }, () => new Sender(pacer, 0, 4000));
  pass(20_000, () => senders.forEach((sender) => sender.send(1)));
  const taken = sum(senders.map((sender) => sender.taken));
  expect(taken).toBeGreaterThan(15_000);
  expect(taken).toBeLessThan(22_000);
  expect(sum(senders.map(({ dropped }) => dropped))).toBeGreaterThan(60_000);
  expect(Math.max(...senders.map(({ ready }) => ready))).toBeLessThan(600);
});

test('a device that was held back once, and is calm since, loses nothing of what comes in a row', () => {
  const { pacer, pass } = stage(100);
  const sender = new Sender(pacer, 0, 4000);
  pass(5000, () => sender.send(1));
  pass(30_000);
  const { dropped } = sender;
  expect(dropped).toBeGreaterThan(0);
  expect(sender.ready).toBe(0);
  const others = Array.from({ length: 2 }, () => new Sender(pacer, 1));
  for (const other of others) other.send(20);
  sender.send(12);
  pass(5000);
  expect(sender.ready).toBe(0);
  expect(sender.dropped).toBe(dropped);
});
