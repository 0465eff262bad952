import type { StoredMessage } from '@tributary/backplane';
import { createLogger } from '@tributary/runtime';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../routing/delivery.ts';
import { messageOf, optionsOf } from '../../testing/messages.ts';
import { RecipientDesk } from '../../testing/recipient.ts';
import { RetainedFeed, type RetainedSource } from './retained-feed.ts';

/** Retained messages whose every answer waits for the test. */
class SourceDesk implements RetainedSource {
  readonly messages = new Map<string, StoredMessage>();
  readonly hidden = new Set<string>();
  /** On their way to Redis. */
  readonly arriving = new Set<StoredMessage>();
  readonly reads: { topics: readonly string[]; answer: () => void; fail: () => void }[] = [];
  /** Put into a queue and not answered. */
  readonly queued: { delivery: Delivery; filter: string; onDone: () => void }[] = [];

  matching(): string[] {
    return [...this.messages.keys()];
  }
  has(topic: string): boolean {
    return this.messages.has(topic);
  }
  isArriving(message: StoredMessage): boolean {
    return this.arriving.has(message);
  }
  isHidden(topic: string): boolean {
    return this.hidden.has(topic);
  }
  read(topics: readonly string[]): Promise<(StoredMessage | undefined)[]> {
    return new Promise((resolve, reject) =>
      this.reads.push({
        topics,
        answer: () => resolve(topics.map((topic) => this.messages.get(topic))),
        fail: () => reject(new Error('Connection is closed.')),
      }),
    );
  }
  enqueue(_clientId: string, filter: string, delivery: Delivery, onDone: () => void): void {
    this.queued.push({ delivery, filter, onDone });
  }
}

let source: SourceDesk;
let device: RecipientDesk;
let delivered: Delivery[];
let deliveries: { isIdle: boolean };
let feed: RetainedFeed;

function start(isQueued = false): void {
  source = new SourceDesk();
  delivered = [];
  deliveries = { isIdle: true };
  device = new RecipientDesk();
  feed = newFeed(isQueued);
}
function newFeed(isQueued: boolean): RetainedFeed {
  const outlet = { deliveries, deliver: (delivery: Delivery) => void delivered.push(delivery) };
  return new RetainedFeed(device, outlet, source, createLogger({ level: 'silent' }), isQueued);
}
beforeEach(() => start());

const retain = (count: number, differs: Partial<StoredMessage> = {}): void => {
  for (let n = 0; n < count; n++) {
    const topic = `t/${n}`;
    source.messages.set(topic, messageOf({ topic, retain: true, payload: Buffer.from(topic), ...differs }));
  }
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function answerRead(): Promise<void> {
  await settled();
  source.reads.shift()?.answer();
  await settled();
}
async function answerReads(): Promise<void> {
  await settled();
  while (source.reads.length > 0) await answerRead();
}
const topicsOf = (these: readonly Delivery[]): string[] => these.map(({ message }) => message.topic);

describe('to a session without a queue', () => {
  test('sends each with RETAIN, at the lower QoS, with the identifier [MQTT-3.3.1-8] [MQTT-3.3.4-3]', async () => {
    retain(2, { qos: 2 });
    feed.add('t/#', optionsOf({ qos: 1, identifier: 9 }));
    await answerReads();
    expect(delivered).toHaveLength(2);
    expect(delivered[0]).toMatchObject({ qos: 1, retain: true, identifiers: [9], shared: undefined });
  });

  test('sends nothing that nobody may have, nor what is gone since', async () => {
    retain(3);
    source.hidden.add('t/1');
    feed.add('t/#', optionsOf());
    source.messages.delete('t/0');
    await answerReads();
    expect(topicsOf(delivered)).toEqual(['t/2']);
  });

  test('reads nothing when nothing matches', () => {
    feed.add('t/#', optionsOf());
    expect(source.reads).toEqual([]);
  });

  test('sends thousands, a page when the device has room for it', async () => {
    retain(1000);
    feed.add('t/#', optionsOf());
    const pages: number[] = [];
    while (delivered.length < 1000) {
      deliveries.isIdle = false;
      const before = delivered.length;
      await answerRead();
      pages.push(delivered.length - before);
      expect(source.reads).toEqual([]);
      deliveries.isIdle = true;
      feed.pump();
    }
    expect(topicsOf(delivered)).toEqual([...source.messages.keys()]);
    expect(Math.max(...pages)).toBeLessThanOrEqual(64);
  });

  test('sends all of one subscription, then all of the next', async () => {
    retain(40);
    feed.add('t/#', optionsOf({ identifier: 1 }));
    feed.add('+/+', optionsOf({ identifier: 2 }));
    await answerReads();
    expect(delivered.map(({ identifiers }) => identifiers?.[0])).toEqual([
      ...Array.from({ length: 40 }, () => 1),
      ...Array.from({ length: 40 }, () => 2),
    ]);
  });

  test('goes on where it stopped when Redis is back', async () => {
    retain(40);
    feed.add('t/#', optionsOf());
    await settled();
    source.reads.shift()!.fail();
    await settled();
    expect(delivered).toEqual([]);
    feed.pump();
    await answerReads();
    expect(topicsOf(delivered).toSorted()).toEqual([...source.messages.keys()].toSorted());
  });

  test('at QoS 0 keeps what finds no room, and goes on with it when there is some', async () => {
    retain(20, { qos: 0 });
    let room = 5;
    Object.assign(device, { hasRoomFor: () => room-- > 0 });
    feed.add('t/#', optionsOf());
    await answerReads();
    expect(topicsOf(delivered)).toEqual([...source.messages.keys()].slice(0, 5));
    room = 1000;
    feed.pump();
    await answerReads();
    expect(topicsOf(delivered)).toEqual([...source.messages.keys()]);
  });

  test('reads large messages again rather than hold many of them', async () => {
    retain(10, { payload: Buffer.alloc(200_000) });
    feed.add('t/#', optionsOf());
    const pages: number[] = [];
    while (delivered.length < 10) {
      const before = delivered.length;
      await answerRead();
      pages.push(delivered.length - before);
    }
    expect(topicsOf(delivered)).toEqual([...source.messages.keys()]);
    expect(Math.max(...pages)).toBeLessThanOrEqual(4);
  });

  test('stops with the subscription', async () => {
    retain(40);
    feed.add('t/#', optionsOf({ identifier: 1 }));
    feed.add('#', optionsOf({ identifier: 2 }));
    feed.remove('t/#');
    await answerReads();
    expect(new Set(delivered.map(({ identifiers }) => identifiers?.[0]))).toEqual(new Set([2]));
    expect(delivered).toHaveLength(40);
  });

  test('begins anew with a subscription that is made again, as asked for last', async () => {
    retain(40);
    feed.add('t/#', optionsOf({ identifier: 1 }));
    feed.add('t/#', optionsOf({ identifier: 2 }));
    await answerReads();
    expect(delivered.filter(({ identifiers }) => identifiers?.[0] === 2)).toHaveLength(40);
  });

  test('stops with the connection', async () => {
    retain(40);
    feed.add('t/#', optionsOf());
    feed.end();
    await answerReads();
    feed.pump();
    expect([delivered, source.reads]).toEqual([[], []]);
  });
});

describe('a newer message of a topic [MQTT-4.6.0-5]', () => {
  const before = (topic: string): Promise<void> | undefined => feed.before(messageOf({ topic }));
  /** What was delivered when it may go; undefined when nothing holds it. */
  async function afterBefore(topic: string): Promise<string[] | undefined> {
    const handed = before(topic);
    if (handed === undefined) return undefined;
    await Promise.all([handed, answerReads()]);
    return topicsOf(delivered);
  }

  test('waits for its retained one, which is sent out of turn, and once', async () => {
    retain(100);
    feed.add('t/#', optionsOf());
    deliveries.isIdle = false;
    expect(await afterBefore('t/90')).toContain('t/90');
    expect(before('t/90')).toBeUndefined();
    deliveries.isIdle = true;
    feed.pump();
    await answerReads();
    expect(topicsOf(delivered).toSorted()).toEqual([...source.messages.keys()].toSorted());
  });

  test('waits for one that is being read', async () => {
    retain(1);
    feed.add('t/#', optionsOf());
    await settled();
    expect(source.reads).toHaveLength(1);
    expect(await afterBefore('t/0')).toEqual(['t/0']);
  });

  test('waits for all subscriptions whose retained one is to come', async () => {
    retain(100);
    feed.add('t/#', optionsOf({ identifier: 1 }));
    feed.add('t/+', optionsOf({ identifier: 2 }));
    deliveries.isIdle = false;
    await afterBefore('t/90');
    const sent = delivered.filter(({ message }) => message.topic === 't/90');
    expect(new Set(sent.map(({ identifiers }) => identifiers?.[0]))).toEqual(new Set([1, 2]));
  });

  test('waits for nothing where there is nothing to come', async () => {
    retain(3);
    expect(before('t/1')).toBeUndefined();
    feed.add('t/#', optionsOf());
    expect(before('t/other')).toBeUndefined();
    expect(before('u')).toBeUndefined();
    await answerReads();
    expect(before('t/1')).toBeUndefined();
  });

  test('is not sent a second time as the retained one that it becomes itself', async () => {
    retain(40);
    const message = source.messages.get('t/30')!;
    source.arriving.add(message);
    feed.add('t/#', optionsOf());
    expect(feed.before(message)).toBeUndefined();
    await answerReads();
    expect(topicsOf(delivered)).toHaveLength(39);
    expect(topicsOf(delivered)).not.toContain('t/30');
  });

  test('waits for an older one that is on its way', async () => {
    retain(1);
    source.arriving.add(source.messages.get('t/0')!);
    feed.add('t/#', optionsOf());
    deliveries.isIdle = false;
    expect(await afterBefore('t/0')).toEqual(['t/0']);
  });

  test('goes in the end, when Redis is away and comes back', async () => {
    retain(1);
    feed.add('t/#', optionsOf());
    await settled();
    const handed = before('t/0');
    source.reads.shift()!.fail();
    await handed;
    await settled();
    feed.pump();
    await answerReads();
    expect(topicsOf(delivered)).toEqual(['t/0']);
  });
});

describe('to a session with a queue in Redis', () => {
  beforeEach(() => start(true));
  const answerQueued = async (): Promise<string[]> => {
    const queued = source.queued.splice(0);
    for (const { onDone } of queued) onDone();
    await settled();
    return topicsOf(queued.map(({ delivery }) => delivery));
  };

  test('puts what is above QoS 0 into the queue, and sends the rest', async () => {
    retain(1, { qos: 1 });
    source.messages.set('t/zero', messageOf({ topic: 't/zero', qos: 0 }));
    feed.add('t/#', optionsOf({ qos: 2 }));
    await answerReads();
    expect(topicsOf(delivered)).toEqual(['t/zero']);
    expect(source.queued).toMatchObject([{ filter: 't/#', delivery: { qos: 1, retain: true } }]);
  });

  test('reads no further before Redis has the page and the device has room', async () => {
    retain(200);
    feed.add('t/#', optionsOf());
    const all: string[] = [];
    while (all.length < 200) {
      await answerRead();
      expect(source.reads).toEqual([]);
      deliveries.isIdle = false;
      all.push(...(await answerQueued()));
      expect(source.reads).toEqual([]);
      deliveries.isIdle = true;
      feed.pump();
    }
    expect(all).toEqual([...source.messages.keys()]);
  });

  test('tells what is left when the connection ends, for the next one to go on with', async () => {
    retain(100);
    feed.add('t/#', optionsOf());
    await answerRead();
    deliveries.isIdle = false;
    const all = await answerQueued();
    const left = feed.end();
    await answerReads();
    expect(source.queued).toEqual([]);
    const next = newFeed(true);
    deliveries.isIdle = true;
    next.resume(left);
    for (await settled(); source.reads.length > 0; await settled()) {
      await answerRead();
      all.push(...(await answerQueued()));
    }
    expect(all).toEqual([...source.messages.keys()]);
  });

  test('what a page that was on its way had no room for is among what is left', async () => {
    retain(3, { qos: 0 });
    feed.add('t/#', optionsOf());
    await settled();
    const left = feed.end();
    await answerReads();
    expect(delivered).toEqual([]);
    expect(left.flatMap(({ topics }) => [...(topics ?? [])])).toEqual(['t/0', 't/1', 't/2']);
  });

  test('a subscription that has ended has nothing left, a page on its way included', async () => {
    retain(3, { qos: 0 });
    feed.add('t/#', optionsOf());
    await settled();
    feed.remove('t/#');
    const left = feed.end();
    await answerReads();
    expect(left).toEqual([]);
  });

  test('sends nothing at QoS 0 once the connection has ended', async () => {
    retain(2, { qos: 0 });
    feed.add('t/#', optionsOf());
    feed.end();
    await answerReads();
    expect([delivered, source.queued]).toEqual([[], []]);
  });
});
