import { expect, test } from 'vitest';
import { type Holder, InboundBytes } from './inbound-bytes.ts';

/** Tells of its own end, as a connection does. */
class Kept implements Holder {
  isPaused = false;
  reason: string | undefined;
  readonly #inbound: InboundBytes;

  constructor(inbound: InboundBytes) {
    this.#inbound = inbound;
  }

  keeps(bytes: number): this {
    this.#inbound.note(this, bytes);
    return this;
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

test('who is not read cannot finish, and stays', () => {
  const inbound = new InboundBytes(1000);
  const paused = new Kept(inbound).keeps(900);
  paused.isPaused = true;
  const reading = new Kept(inbound).keeps(200);
  expect([paused.reason, reading.reason]).toEqual([undefined, 'quota-exceeded']);
  const also = new Kept(inbound);
  also.isPaused = true;
  also.keeps(500);
  expect([paused.reason, also.reason, inbound.bytes]).toEqual([undefined, undefined, 1400]);
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
