import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { Counters } from '../counters.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { Deadlines } from './deadlines.ts';
import { type Holder, InboundBytes } from './inbound-bytes.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { OutboxFlusher } from './outbox.ts';
import { PauseCause } from './pause-cause.ts';

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

/** A connection with the first bytes of a CONNECT that says it has a thousand. */
function begun(inbound: InboundBytes, bytes: number): MqttConnection {
  const transport = new MemoryTransport();
  const clock = new ManualClock();
  const connection = new MqttConnection(transport, 'mqtt', {
    deadlines: new Deadlines(() => clock.monotonic()),
    flusher: new OutboxFlusher(),
    counters: new Counters(),
    inbound,
    limits: {
      ...{ handshakeTimeoutMs: 60_000, maxPacketBytes: 2000, maxTopicBytes: 100, maxTopicLevels: 9 },
      ...{ maxOutboxBytes: 1 << 20, slowConsumerMs: 60_000 },
    },
    now: () => clock.now(),
    onBug: (error) => expect.fail(String(error)),
  });
  transport.attach(connection);
  const packet = Buffer.alloc(bytes);
  packet.set([0x10, 0xe8, 0x07]);
  transport.arrive(packet);
  return connection;
}

test('a connection tells whether it is read, and gives back all it kept when it ends', () => {
  const inbound = new InboundBytes(1000);
  const one = begun(inbound, 600);
  one.pause(PauseCause.OVERLOAD);
  const other = begun(inbound, 500);
  expect([inbound.bytes, one.state, other.state]).toEqual([1100, 'greeting', 'greeting']);
  one.resume(PauseCause.OVERLOAD);
  expect([inbound.bytes, one.state, other.state]).toEqual([500, 'closed', 'greeting']);
  other.pause(PauseCause.WINDOW);
  other.onClosed();
  expect(inbound.bytes).toBe(0);
});

test('who is not let in yet is not held back', () => {
  const inbound = new InboundBytes(1000);
  const one = begun(inbound, 600);
  one.pause(PauseCause.ADMITTING);
  begun(inbound, 500);
  expect([inbound.bytes, one.state]).toEqual([500, 'closed']);
});
