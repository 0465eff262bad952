import type { QueueState } from '@tributary/backplane';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Delivery, deliveryBytes } from '../../routing/delivery.ts';
import { deliveryOf } from '../../testing/messages.ts';
import { QueueDesk } from '../../testing/queue-desk.ts';
import { RecipientDesk } from '../../testing/recipient.ts';
import { packetIdOf, QueueDeliveries } from './queue-deliveries.ts';

let device: RecipientDesk;
let queue: QueueDesk;
let deliveries: QueueDeliveries;

/** A connection to a session that has this in Redis; the queue holds nothing yet. */
function start(state: Partial<QueueState> = {}, window = 3): void {
  device = new RecipientDesk();
  device.window = window;
  queue = new QueueDesk(state.counter);
  deliveries = new QueueDeliveries(device, queue, {
    ...{ counter: 0, sent: 0, length: 0, awaitingComplete: [] },
    ...state,
  });
}
beforeEach(() => start());

/** A message that was queued by this node, which is told. */
function tell(payload: string, differs: Partial<Delivery> = {}): number {
  const delivery = deliveryOf(payload, differs);
  const n = queue.put(delivery);
  deliveries.queued(n, delivery);
  return n;
}
const put = (payload: string, differs: Partial<Delivery> = {}): number =>
  queue.put(deliveryOf(payload, differs));
const acknowledge = (packetId: number, reasonCode = 0): void =>
  deliveries.acknowledged({ packetId, reasonCode });
const receive = (packetId: number, reasonCode = 0): boolean => deliveries.received({ packetId, reasonCode });
const complete = (packetId: number): void => deliveries.completed({ packetId, reasonCode: 0 });

/** Messages of an earlier connection, or of other nodes: nobody is told. */
function fill(count: number): void {
  for (let n = 1; n <= count; n++) queue.entries.push({ n, bytes: 100, delivery: deliveryOf(`m${n}`) });
}

/** The device acknowledges all it gets, until it has got `count` in order and the queue is empty. */
async function takeAll(count: number): Promise<void> {
  const all: string[] = [];
  for (let idle = 0; idle < 2;) {
    await queue.answerReads();
    const heard = device.heard();
    idle = heard.length === 0 ? idle + 1 : 0;
    all.push(...heard);
    for (const line of heard) acknowledge(Number(line.split(' ')[0]));
  }
  expect(all).toEqual(Array.from({ length: count }, (_, n) => `${n + 1} m${n + 1}`));
  queue.answerSettled();
  expect(queue.entries).toEqual([]);
}

describe('a message that comes while all before it is sent', () => {
  test('is said from memory, and never read back', () => {
    tell('a');
    tell('b', { qos: 2 });
    expect(device.heard()).toEqual(['1 a', '2 b']);
    expect(queue.reads).toEqual([]);
    expect([deliveries.inflight, deliveries.waiting, deliveries.isIdle, deliveries.sent]).toEqual([
      2,
      0,
      true,
      2,
    ]);
  });

  test('is struck off the queue with its bytes once it is acknowledged', () => {
    const delivery = deliveryOf('a');
    deliveries.queued(queue.put(delivery), delivery);
    acknowledge(1);
    expect(queue.settlements.map(({ op }) => op)).toEqual([
      { op: 'done', n: 1, bytes: deliveryBytes(delivery) },
    ]);
    expect(deliveries.inflight).toBe(0);
    expect(device.counters.delivered).toBe(1);
  });
});

describe('the window', () => {
  test('is filled again from the queue, in order, as the device acknowledges', async () => {
    for (const payload of ['a', 'b', 'c', 'd', 'e']) tell(payload);
    expect(device.heard()).toEqual(['1 a', '2 b', '3 c']);
    expect(deliveries.waiting).toBe(2);
    acknowledge(2);
    expect(queue.reads.map(({ after, count }) => [after, count])).toEqual([[3, 1]]);
    await queue.answerReads();
    expect(device.heard()).toEqual(['4 d']);
    acknowledge(1);
    acknowledge(3);
    await queue.answerReads();
    expect(device.heard()).toEqual(['5 e']);
    expect([deliveries.waiting, deliveries.inflight]).toEqual([0, 2]);
  });

  test('is held by QoS 2 until PUBCOMP', async () => {
    start({}, 1);
    tell('a', { qos: 2 });
    tell('b');
    receive(1);
    queue.answerSettled();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', 'release 1']);
    complete(1);
    await queue.answerReads();
    expect(device.heard()).toEqual(['2 b']);
  });

  test('is closed while the socket takes no more', async () => {
    device.isFull = true;
    tell('a');
    expect([queue.reads.length, deliveries.isIdle]).toEqual([0, false]);
    device.isFull = false;
    deliveries.pump();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a']);
  });

  test('that closes while a page is read leaves the rest of it for later', async () => {
    for (const payload of ['a', 'b', 'c']) put(payload);
    deliveries.look();
    const { say } = device;
    const full: typeof say = (...said) => {
      device.isFull = true;
      return say(...said);
    };
    Object.assign(device, { say: full });
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a']);
    Object.assign(device, { say });
    device.isFull = false;
    deliveries.pump();
    await queue.answerReads();
    expect(device.heard()).toEqual(['2 b', '3 c']);
  });
});

describe('a message that comes while the queue is read', () => {
  beforeEach(() => {
    put('a');
    deliveries.look();
    expect(queue.reads).toHaveLength(1);
  });

  test('is said once, when the read already had it', async () => {
    tell('b');
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '2 b']);
    expect(queue.reads).toEqual([]);
  });

  test('is said behind those before it, when the read had it not', async () => {
    const [read] = queue.reads.splice(0);
    const answer = [...queue.entries];
    tell('b');
    read!.answer(answer);
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '2 b']);
  });

  test('is found when another node put it there and rang, though the read on its way had it not', async () => {
    const [read] = queue.reads.splice(0);
    const answer = [...queue.entries];
    put('b');
    deliveries.look();
    read!.answer(answer);
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '2 b']);
  });
});

describe('an entry that finds no room', () => {
  test('is not read again for each that comes behind it, but when there is room', async () => {
    device.roomBytes = 150;
    tell('a');
    tell('x'.repeat(200));
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a']);
    for (let n = 0; n < 10; n++) tell('b');
    expect(queue.reads).toEqual([]);
    device.roomBytes = Infinity;
    deliveries.pump();
    await queue.answerReads();
    expect(device.heard()).toEqual([`2 ${'x'.repeat(200)}`, '3 b']);
  });
});

describe('looking into the queue', () => {
  test('finds all of what other nodes put there, more than a page and more than a window of it', async () => {
    start({}, 100);
    fill(500);
    deliveries.look();
    await takeAll(500);
  });

  test('finds what other nodes put there, and looks until there is nothing more', async () => {
    for (const payload of ['a', 'b']) put(payload);
    deliveries.look();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '2 b']);
    expect(deliveries.isIdle).toBe(true);
  });

  test('that finds nothing changes nothing', async () => {
    deliveries.look();
    expect(deliveries.isIdle).toBe(false);
    await queue.answerReads();
    expect(deliveries.isIdle).toBe(true);
    tell('a');
    expect(device.heard()).toEqual(['1 a']);
  });

  test('passes over numbers whose messages were dropped', async () => {
    start({}, 1);
    for (const payload of ['a', 'b', 'c', 'd']) tell(payload);
    queue.entries.splice(1, 2);
    acknowledge(1);
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '4 d']);
    expect(deliveries.waiting).toBe(0);
  });

  test('with nothing left of what was known ends, and what comes next is said from memory', async () => {
    start({}, 1);
    for (const payload of ['a', 'b', 'c']) tell(payload);
    queue.entries.length = 0;
    acknowledge(1);
    await queue.answerReads();
    expect([device.heard(), deliveries.waiting]).toEqual([['1 a'], 0]);
    tell('d');
    expect(device.heard()).toEqual(['4 d']);
  });

  test('waits for a full window', async () => {
    for (const payload of ['a', 'b', 'c']) tell(payload);
    put('d');
    deliveries.look();
    expect(queue.reads).toEqual([]);
    acknowledge(1);
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '2 b', '3 c', '4 d']);
  });

  test('that fails for want of Redis is done again when it is back', async () => {
    put('a');
    deliveries.look();
    await queue.failRead();
    expect([queue.reads.length, deliveries.isIdle]).toEqual([0, false]);
    deliveries.pump();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a']);
  });
});

describe('a session that is taken up again', () => {
  const resumeWith = (sent: number, payloads: readonly string[]): void => {
    start({ counter: payloads.length, sent, length: payloads.length });
    for (const [i, payload] of payloads.entries())
      queue.entries.push({ n: i + 1, bytes: 100, delivery: deliveryOf(payload) });
    deliveries.resume();
  };

  test('sends what is left, with DUP what an earlier connection may have sent [MQTT-3.3.1-1] [MQTT-4.4.0-1]', async () => {
    resumeWith(2, ['a', 'b', 'c']);
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a DUP', '2 b DUP', '3 c']);
    expect(device.counters.redelivered).toBe(2);
  });

  test('reads nothing when nothing is left', () => {
    start({ counter: 7, sent: 7, length: 0 });
    deliveries.resume();
    expect(queue.reads).toEqual([]);
    expect([deliveries.sent, deliveries.isIdle]).toEqual([7, true]);
    tell('h');
    expect(device.heard()).toEqual(['8 h']);
  });

  test('gives a message its packet id again [MQTT-4.4.0-1]', async () => {
    start({ counter: 70_000, sent: 70_000, length: 1 });
    queue.entries.push({ n: 69_000, bytes: 100, delivery: deliveryOf('a') });
    deliveries.resume();
    await queue.answerReads();
    expect(device.heard()).toEqual(['3465 a DUP']);
    acknowledge(3465);
    expect(queue.answerSettled()).toEqual(['done 69000']);
  });

  test('says PUBREL first for what was received, and those hold no place in the window', async () => {
    start({ counter: 8, sent: 5, length: 3, awaitingComplete: [2, 4, 5] }, 3);
    for (const [i, payload] of ['f', 'g', 'h'].entries())
      queue.entries.push({ n: 6 + i, bytes: 100, delivery: deliveryOf(payload) });
    deliveries.resume();
    expect(device.heard()).toEqual(['release 2', 'release 4', 'release 5']);
    expect(deliveries.inflight).toBe(3);
    await queue.answerReads();
    expect(device.heard()).toEqual(['6 f', '7 g', '8 h']);
    complete(4);
    complete(2);
    expect(queue.answerSettled()).toEqual(['complete 4', 'complete 2']);
    tell('i');
    expect(device.heard()).toEqual([]);
    acknowledge(6);
    await queue.answerReads();
    expect(device.heard()).toEqual(['9 i']);
  });

  test('with more PUBRELs to answer than the window has places waits for some: they must not pile up', async () => {
    start({ counter: 5, sent: 4, length: 1, awaitingComplete: [1, 2, 3, 4] }, 2);
    queue.entries.push({ n: 5, bytes: 100, delivery: deliveryOf('e') });
    deliveries.resume();
    await queue.answerReads();
    expect(device.heard()).toEqual(['release 1', 'release 2', 'release 3', 'release 4']);
    for (const packetId of [1, 2, 3]) complete(packetId);
    await queue.answerReads();
    expect(device.heard()).toEqual(['5 e']);
  });

  test('repeats PUBREL where PUBREC comes again for what it carried over', () => {
    start({ counter: 2, sent: 2, length: 0, awaitingComplete: [2] });
    deliveries.resume();
    expect(receive(2)).toBe(true);
    expect(device.heard()).toEqual(['release 2', 'release 2']);
    expect(queue.settlements).toEqual([]);
  });

  test('sends all of a long queue in order, a page at a time', async () => {
    const count = 500;
    start({ counter: count, sent: 0, length: count }, 200);
    fill(count);
    deliveries.resume();
    await takeAll(count);
  });
});

describe('packet ids', () => {
  test.each([
    [1, 1],
    [65_535, 65_535],
    [65_536, 1],
    [131_070, 65_535],
    [131_071, 1],
  ])('of entry %i is %i', (n, packetId) => {
    expect(packetIdOf(n)).toBe(packetId);
  });

  test('wrap to 1 after 65535, and answers find their entry behind it', () => {
    start({ counter: 65_534, sent: 65_534 });
    for (const payload of ['a', 'b', 'c']) tell(payload);
    expect(device.heard()).toEqual(['65535 a', '1 b', '2 c']);
    acknowledge(1);
    acknowledge(65_535);
    expect(queue.answerSettled()).toEqual(['done 65536', 'done 65535']);
  });

  test('are not given while they are in use: what follows waits for it [MQTT-2.2.1-4]', async () => {
    start({ counter: 65_535, sent: 65_535, awaitingComplete: [2] }, 10);
    deliveries.resume();
    device.heard();
    tell('a');
    tell('b');
    tell('c');
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a']);
    expect(deliveries.waiting).toBe(2);
    complete(2);
    await queue.answerReads();
    expect(device.heard()).toEqual(['2 b', '3 c']);
  });
});

describe('a message of QoS 2', () => {
  test('is over in one step where the protocol acknowledges once, so that no half of it is left', () => {
    const n = tell('a', { qos: 2 });
    deliveries.finished({ packetId: n, reasonCode: 0 });
    deliveries.end();
    expect(queue.settlements.map(({ op }) => [op.op, op.n])).toEqual([['done', n]]);
    expect(device.heard()).toEqual(['1 a']);
  });

  test('is released once Redis has its PUBREC, and forgotten with PUBCOMP', () => {
    tell('a', { qos: 2 });
    expect(receive(1)).toBe(true);
    expect(device.heard()).toEqual(['1 a']);
    expect(queue.answerSettled()).toEqual(['received 1']);
    expect(device.heard()).toEqual(['release 1']);
    complete(1);
    expect(queue.answerSettled()).toEqual(['complete 1']);
    expect(deliveries.inflight).toBe(0);
    expect(device.counters.delivered).toBe(1);
  });

  test('whose PUBREC comes again is marked once, and released again when it is marked', () => {
    tell('a', { qos: 2 });
    receive(1);
    expect(receive(1)).toBe(true);
    expect(queue.answerSettled()).toEqual(['received 1']);
    receive(1);
    expect(device.heard()).toEqual(['1 a', 'release 1', 'release 1']);
    expect(queue.settlements).toEqual([]);
  });

  test('is not complete before it is released', () => {
    tell('a', { qos: 2 });
    complete(1);
    receive(1);
    complete(1);
    expect(queue.answerSettled()).toEqual(['received 1']);
    expect(deliveries.inflight).toBe(1);
    complete(1);
    expect(deliveries.inflight).toBe(0);
  });

  test('that is refused is over without PUBREL [MQTT-4.3.3-4]', () => {
    tell('a', { qos: 2 });
    expect(receive(1, 0x87)).toBe(true);
    expect(queue.answerSettled()).toEqual(['done 1']);
    expect(device.heard()).toEqual(['1 a']);
    expect([device.counters.undelivered.refused, device.counters.delivered]).toEqual([1, 0]);
  });

  test('is not released on a session that belongs to somebody else by now', () => {
    tell('a', { qos: 2 });
    receive(1);
    queue.answerSettled(false);
    expect(device.heard()).toEqual(['1 a']);
  });

  test('is not touched by PUBACK, nor one of QoS 1 by PUBREC and PUBCOMP', () => {
    tell('a', { qos: 2 });
    tell('b');
    acknowledge(1);
    expect(receive(2)).toBe(false);
    complete(2);
    expect(receive(9)).toBe(false);
    expect([deliveries.inflight, queue.settlements.length]).toEqual([2, 0]);
  });
});

describe('what is not sent', () => {
  const expired = { expiresAt: 1_700_000_000_000 };

  test.each([
    ['has expired', 'expired', expired],
    ['is older than queues keep messages', 'too-old', { ts: 1_700_000_000_000 - 60_001 }],
  ] as const)('%s: it is struck off and counted, and what follows goes', async (_, reason, message) => {
    put('a');
    queue.put(deliveryOf('late', {}, message));
    put('c');
    deliveries.look();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 a', '3 c']);
    expect(queue.answerSettled()).toEqual(['done 2']);
    expect(device.counters.undelivered[reason]).toBe(1);
  });

  test('is larger than the device takes: struck off and counted [MQTT-3.1.2-25]', () => {
    device.tooLarge.add('large');
    tell('large');
    tell('b');
    expect(device.heard()).toEqual(['2 b']);
    expect(queue.answerSettled()).toEqual(['done 1']);
    expect(device.counters.undelivered['too-large']).toBe(1);
  });

  test('a delivery that was begun is brought to its end, expired or not [MQTT-4.3.3-7] [MQTT-4.4.0-1]', async () => {
    start({ counter: 4, sent: 2, length: 4 });
    for (const [i, qos] of ([1, 2, 1, 2] as const).entries()) {
      const delivery = deliveryOf(`m${i + 1}`, { qos }, expired);
      queue.entries.push({ n: i + 1, bytes: 100, delivery });
    }
    deliveries.resume();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 m1 DUP', '2 m2 DUP']);
    expect(queue.answerSettled()).toEqual(['done 3', 'done 4']);
  });
});

describe('when the connection ends', () => {
  test('nothing more is said or read, and what was acknowledged is still written', async () => {
    for (const payload of ['a', 'b', 'c', 'd']) tell(payload);
    device.heard();
    acknowledge(1);
    deliveries.end();
    await queue.answerReads();
    tell('e');
    deliveries.look();
    deliveries.pump();
    expect([device.heard(), queue.reads]).toEqual([[], []]);
    expect(queue.answerSettled()).toEqual(['done 1']);
  });

  test('it is settled when Redis has all that the device answered, and says so once', () => {
    const settled: boolean[] = [];
    deliveries.onSettled = () => void settled.push(deliveries.isSettled);
    tell('a');
    tell('b', { qos: 2 });
    acknowledge(1);
    queue.answerSettled();
    expect([deliveries.isSettled, settled]).toEqual([true, []]);
    receive(2);
    expect(deliveries.isSettled).toBe(false);
    deliveries.end();
    expect(settled).toEqual([]);
    queue.answerSettled();
    expect([settled, device.heard()]).toEqual([[true], ['1 a', '2 b']]);
  });

  test('what may have been sent is known: the next connection sends it with DUP', async () => {
    start({ counter: 6, sent: 5, length: 6 }, 2);
    fill(6);
    deliveries.resume();
    await queue.answerReads();
    expect(device.heard()).toEqual(['1 m1 DUP', '2 m2 DUP']);
    expect(deliveries.sent).toBe(5);
  });
});

test('onRoom tells that it has become idle', async () => {
  const idle: boolean[] = [];
  deliveries.onRoom = () => void idle.push(deliveries.isIdle);
  for (const payload of ['a', 'b', 'c', 'd']) tell(payload);
  acknowledge(1);
  await queue.answerReads();
  acknowledge(2);
  expect(idle.at(-1)).toBe(true);
});

describe('a backlog that is sent at a pace', () => {
  /** Lets so many through, and notes what it was told. */
  class PaceDesk {
    allowed = 0;
    isOver = false;
    onGo: () => void = () => {};
    allow = (count: number): number => Math.min(count, this.allowed);
    sent = (): void => void this.allowed--;
    end = (): void => void (this.isOver = true);
  }
  let pace: PaceDesk;
  const startPaced = (): void => {
    start({ counter: 5, length: 5 }, 10);
    pace = new PaceDesk();
    device.pace = pace;
    deliveries = new QueueDeliveries(device, queue, { counter: 5, sent: 0, length: 5, awaitingComplete: [] });
    fill(5);
  };
  const go = async (count: number): Promise<void> => {
    pace.allowed = count;
    pace.onGo();
    await queue.answerReads();
  };

  test('waits for it, and goes on where it stopped, in order', async () => {
    startPaced();
    deliveries.resume();
    await queue.answerReads();
    expect(device.heard()).toEqual([]);
    await go(2);
    expect(device.heard()).toEqual(['1 m1', '2 m2']);
    acknowledge(1);
    await queue.answerReads();
    expect(device.heard()).toEqual([]);
    await go(3);
    expect(device.heard()).toEqual(['3 m3', '4 m4', '5 m5']);
    expect(pace.isOver).toBe(true);
  });

  test('holds what comes meanwhile behind it, and nothing after it', async () => {
    startPaced();
    deliveries.resume();
    tell('late');
    await queue.answerReads();
    expect(device.heard()).toEqual([]);
    await go(5);
    expect(device.heard()).toEqual(['1 m1', '2 m2', '3 m3', '4 m4', '5 m5', '6 late']);
    tell('later');
    expect(device.heard()).toEqual(['7 later']);
  });

  test('is not lost sight of while it waits: what others put there is looked for when it is through', async () => {
    startPaced();
    deliveries.resume();
    await queue.answerReads();
    deliveries.look();
    put('of another node');
    await queue.answerReads();
    await go(5);
    expect(device.heard()).toEqual(['1 m1', '2 m2', '3 m3', '4 m4', '5 m5', '6 of another node']);
  });
});
