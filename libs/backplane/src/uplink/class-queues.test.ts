import { expect, test } from 'vitest';
import { Keys } from '../keys.ts';
import type { UplinkBatch } from './batch.ts';
import { UplinkChannel } from './channel.ts';
import { ClassQueues } from './class-queues.ts';
import { wholeMessage } from './message.ts';

const keys = new Keys('tributary', 16);
const topic = Buffer.from('t');
const [critical, standard, bulk] = [0, 1, 2];

/** Queues and devices; a message is known by its device and number. */
class Desk {
  readonly queues: ClassQueues;
  /** Ms that pass each time the clock is read. */
  tickMs = 0;
  #nowMs = 0;
  readonly #seqs = new Map<UplinkChannel, number>();

  constructor(weights: readonly number[] = [60, 30, 10], flushBytes = 80_000, isShared = true) {
    this.queues = new ClassQueues(1_000_000, { weights, flushBytes }, () => (this.#nowMs += this.tickMs));
    this.queues.isShared = isShared;
  }

  device(clientId: string, rank: number): UplinkChannel {
    return new UplinkChannel(keys, clientId, 1, 1000, () => undefined, rank);
  }

  send(channel: UplinkChannel, count = 1, payloadBytes = 0): void {
    const payload = Buffer.alloc(payloadBytes);
    for (let i = 0; i < count; i++) {
      const seq = (this.#seqs.get(channel) ?? 0) + 1;
      this.#seqs.set(channel, seq);
      this.queues
        .open(channel)
        .appendMessage(channel, wholeMessage(1, 0, topic, payload), seq, seq, 0, undefined, false);
    }
  }

  take(): UplinkBatch[] {
    const flush: UplinkBatch[] = [];
    this.queues.take(flush);
    return flush;
  }

  /** Flushes until nothing waits. */
  takeAll(): UplinkBatch[][] {
    const flushes: UplinkBatch[][] = [];
    for (let flush = this.take(); flush.length > 0; flush = this.take()) flushes.push(flush);
    return flushes;
  }
}

const messagesOf = (flush: readonly UplinkBatch[]): string[] =>
  flush.flatMap(({ channels, tokens }) => channels.map(({ clientId }, i) => `${clientId}${tokens[i]}`));
const bytesOf = (flush: readonly UplinkBatch[], rank?: number): number =>
  flush.reduce((sum, batch) => sum + (rank === undefined || batch.rank === rank ? batch.byteLength : 0), 0);

test('what fits one flush leaves at once, whatever its class, the most important first', () => {
  const desk = new Desk();
  const [a, b, c] = [desk.device('a', bulk), desk.device('b', standard), desk.device('c', critical)];
  for (const device of [a, b, c, a]) desk.send(device);
  expect(messagesOf(desk.take())).toEqual(['c1', 'b1', 'a1', 'a2']);
  expect(desk.take()).toEqual([]);
});

test('one class alone is sent as it came, in flushes as long as there may be', () => {
  const desk = new Desk([60, 30, 10], 80_000, false);
  const [a, b] = [desk.device('a', bulk), desk.device('b', bulk)];
  for (let i = 0; i < 2; i++) {
    desk.send(a, 1, 600_000);
    desk.send(b);
  }
  expect(desk.takeAll().map(messagesOf)).toEqual([['a1', 'b1', 'a2'], ['b2']]);
});

test.each([
  [
    [60, 30, 10],
    [0.6, 0.3, 0.1],
  ],
  [
    [1, 1, 1],
    [1 / 3, 1 / 3, 1 / 3],
  ],
  [
    [98, 1, 1],
    [0.98, 0.01, 0.01],
  ],
])('with weights %j classes that have enough to send get their shares', (weights, shares) => {
  const desk = new Desk(weights);
  for (const rank of [bulk, standard, critical]) desk.send(desk.device(String(rank), rank), 20_000, 100);
  const flushes = Array.from({ length: 60 }, () => desk.take());
  const all = flushes.flat();
  for (const [rank, share] of shares.entries())
    expect(bytesOf(all, rank) / bytesOf(all)).toBeCloseTo(share, 1);
  // A flush is as long as it may be, and a piece of each class.
  for (const flush of flushes) expect(bytesOf(flush)).toBeLessThan(80_000 * 1.6);
});

test('what a class does not need the others get', () => {
  const desk = new Desk();
  const few = desk.device('few', critical);
  desk.send(desk.device('many', bulk), 10_000, 100);
  for (let i = 0; i < 10; i++) {
    desk.send(few);
    const flush = desk.take();
    expect(messagesOf(flush)[0]).toBe(`few${i + 1}`);
    expect(bytesOf(flush)).toBeGreaterThan(70_000);
  }
});

test('a class that had nothing to send has saved nothing up', () => {
  const desk = new Desk([1, 1, 1]);
  const [a, b] = [desk.device('a', critical), desk.device('b', bulk)];
  desk.send(b, 10_000, 100);
  for (let i = 0; i < 10; i++) desk.take();
  desk.send(a, 10_000, 100);
  const flush = desk.take();
  expect(bytesOf(flush, critical) / bytesOf(flush)).toBeLessThan(0.65);
});

test('a message larger than its share is sent when enough is saved up, and holds nobody up', () => {
  const desk = new Desk([90, 5, 5], 16_000);
  const [large, small] = [desk.device('large', bulk), desk.device('small', critical)];
  desk.send(large, 1, 20_000);
  let smallBytes = 0;
  for (let flush: UplinkBatch[] = []; bytesOf(flush, bulk) === 0; flush = desk.take()) {
    smallBytes += bytesOf(flush, critical);
    desk.send(small, 100, 50);
  }
  expect(smallBytes).toBeGreaterThan(10 * 20_000);
  expect(smallBytes).toBeLessThan(25 * 20_000);
});

test('a raise takes along what the device has queued, in its order, and nothing of others', () => {
  const desk = new Desk([98, 1, 1], 20_000);
  const [a, b] = [desk.device('a', bulk), desk.device('b', bulk)];
  for (let i = 0; i < 300; i++) for (const device of [a, b]) desk.send(device, 1, 100);
  desk.queues.move(a, critical);
  desk.send(a);
  const messages = desk.takeAll().flatMap(messagesOf);
  expect(messages.filter((message) => message.startsWith('a'))).toEqual(
    Array.from({ length: 301 }, (_, i) => `a${i + 1}`),
  );
  expect(messages.filter((message) => message.startsWith('b'))).toEqual(
    Array.from({ length: 300 }, (_, i) => `b${i + 1}`),
  );
  expect(messages.indexOf('a301')).toBeLessThan(350);
  expect(a.rank).toBe(critical);
});

test('raises that come too soon wait for the next time, in their order, or until they have nothing queued', () => {
  const desk = new Desk([98, 1, 1], 20_000);
  desk.tickMs = 1;
  const [a, b, c] = [desk.device('a', bulk), desk.device('b', bulk), desk.device('c', bulk)];
  for (const device of [c, a, b]) desk.send(device, 300, 100);
  desk.queues.move(a, critical);
  desk.take();
  desk.queues.move(b, critical);
  desk.send(b);
  desk.take();
  expect([a.rank, b.rank]).toEqual([critical, bulk]);
  desk.queues.move(c, critical);
  const messages = desk.takeAll().flatMap(messagesOf);
  expect(messages.filter((message) => message.startsWith('b')).at(-1)).toBe('b301');
  expect([b.rank, c.rank]).toEqual([critical, critical]);
});

test('on the way down a device keeps its place until nothing of it is queued', () => {
  const desk = new Desk([90, 5, 5], 8000);
  const [a, other] = [desk.device('a', critical), desk.device('other', critical)];
  desk.send(a, 100, 100);
  desk.queues.move(a, bulk);
  desk.send(a);
  desk.send(other, 1000, 100);
  expect(a.rank).toBe(critical);
  const seen: string[] = [];
  while (a.rank === critical) seen.push(...messagesOf(desk.take()));
  expect(seen).toContain('a101');
  expect(desk.queues.waiting(critical).length).toBeGreaterThan(0);
  desk.send(a);
  expect(messagesOf(desk.queues.waiting(bulk))).toEqual(['a102']);
});

test('who has nothing queued stands elsewhere at once', () => {
  const desk = new Desk();
  const [a, other] = [desk.device('a', standard), desk.device('other', standard)];
  desk.send(a);
  desk.take();
  desk.send(other);
  desk.queues.move(a, critical);
  expect(a.rank).toBe(critical);
  desk.queues.move(a, bulk);
  expect(a.rank).toBe(bulk);
});

test('whatever is raised and lowered when, each device stays in its order and nothing is lost', () => {
  let state = 12345;
  const below = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
  for (let run = 0; run < 30; run++) {
    const desk = new Desk([1 + below(50), 1 + below(50), 1 + below(50)], 4000 + below(20_000), run % 3 > 0);
    const devices = Array.from({ length: 12 }, (_, i) => desk.device(`d${i}:`, below(3)));
    const sent = new Map(devices.map((device) => [device, 0]));
    const left = new Map(devices.map((device) => [device.clientId, 0]));
    const see = (flush: readonly UplinkBatch[]): void => {
      for (const { channels, tokens } of flush) {
        for (const [i, { clientId }] of channels.entries()) {
          if (tokens[i] !== left.get(clientId)! + 1)
            expect.fail(`run ${run}: ${clientId} ${tokens[i]} too early`);
          left.set(clientId, tokens[i]!);
        }
      }
    };
    for (let step = 0; step < 600; step++) {
      const device = devices[below(devices.length)]!;
      const what = below(20);
      if (what === 0) see(desk.take());
      else if (what < 4) desk.queues.move(device, below(3));
      else if (what === 4) desk.queues.isShared = below(2) === 0;
      else {
        const count = 1 + below(4);
        desk.send(device, count, below(400));
        sent.set(device, sent.get(device)! + count);
      }
    }
    for (const flush of desk.takeAll()) see(flush);
    for (const device of devices) {
      expect(left.get(device.clientId)).toBe(sent.get(device));
      expect(device.rank).toBe(device.wantedRank);
    }
  }
});
