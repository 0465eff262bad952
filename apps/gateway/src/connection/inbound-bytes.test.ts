import { expect, test } from 'vitest';
import { type Holder, InboundBytes } from './inbound-bytes.ts';

/** Tells of its own end, as a connection does. */
class Kept implements Holder {
  isHeldBack = false;
  reason: string | undefined;
  readonly #inbound: InboundBytes;
  #bytes = 0;

  constructor(inbound: InboundBytes) {
    this.#inbound = inbound;
  }

  keeps(bytes: number): this {
    this.#bytes = bytes;
    this.#inbound.note(this, bytes);
    return this;
  }

  pauses(isHeldBack = true): this {
    this.isHeldBack = isHeldBack;
    return this.keeps(this.#bytes);
  }

  close(reason: string): void {
    this.reason = reason;
    this.keeps(0);
  }
}

test('all that is kept is counted, and forgotten with whoever kept it', () => {
  const inbound = new InboundBytes(1000);
  const [one, other] = [new Kept(inbound).keeps(10), new Kept(inbound).keeps(20)];
  one.keeps(300);
  expect(inbound.bytes).toBe(320);
  one.keeps(0);
  other.keeps(5);
  expect(inbound.bytes).toBe(5);
});

test('above the bound whoever keeps the most goes, and nobody else', () => {
  const inbound = new InboundBytes(1000);
  const [small, large] = [new Kept(inbound).keeps(100), new Kept(inbound).keeps(600)];
  const last = new Kept(inbound).keeps(301);
  expect([small.reason, large.reason, last.reason]).toEqual([undefined, 'quota-exceeded', undefined]);
  expect(inbound.bytes).toBe(401);
});

test('who is not read cannot finish: what it keeps costs neither it nor others their connection', () => {
  const inbound = new InboundBytes(1000);
  const paused = new Kept(inbound).keeps(900).pauses();
  const also = new Kept(inbound).pauses().keeps(500);
  const reading = new Kept(inbound).keeps(200);
  expect([paused.reason, also.reason, reading.reason]).toEqual([undefined, undefined, undefined]);
  expect(inbound.bytes).toBe(1600);
  for (const bytes of [300, 500, 800, 1001]) reading.keeps(bytes);
  expect([paused.reason, also.reason, reading.reason]).toEqual([undefined, undefined, 'quota-exceeded']);
  expect(inbound.bytes).toBe(1400);
});

test('who is read again counts again', () => {
  const inbound = new InboundBytes(1000);
  const one = new Kept(inbound).keeps(600).pauses();
  const other = new Kept(inbound).keeps(500);
  expect([one.reason, other.reason]).toEqual([undefined, undefined]);
  one.pauses(false);
  expect([one.reason, other.reason, inbound.bytes]).toEqual(['quota-exceeded', undefined, 500]);
});

test('who keeps more than reading brings before a pause goes as others do', () => {
  const inbound = new InboundBytes(1_000_000);
  const hoarders = Array.from({ length: 5 }, () => new Kept(inbound).pauses().keeps(200_000));
  const reading = new Kept(inbound).keeps(150_000);
  expect(hoarders.filter(({ reason }) => reason !== undefined)).toHaveLength(1);
  expect([reading.reason, inbound.bytes]).toEqual([undefined, 950_000]);
});

test('of thousands that keep as much several go at a time', () => {
  const inbound = new InboundBytes(64_000);
  const crowd = Array.from({ length: 2000 }, () => new Kept(inbound).keeps(32));
  crowd[0]!.keeps(33);
  const gone = crowd.filter(({ reason }) => reason !== undefined).length;
  expect(gone).toBeGreaterThan(25);
  expect(inbound.bytes).toBeGreaterThan(64_000 * 0.97);
});

test('a narrower bound holds from the next bytes on', () => {
  const inbound = new InboundBytes(1000);
  const one = new Kept(inbound).keeps(800);
  inbound.configure(500);
  one.keeps(700);
  expect(one.reason).toBeUndefined();
  one.keeps(701);
  expect(one.reason).toBe('quota-exceeded');
});
