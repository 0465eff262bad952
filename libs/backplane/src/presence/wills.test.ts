import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reapNode } from '../nodes/reaper.ts';
import { uplinkEntryToMessage } from '../records/entry-fields.ts';
import { claimOf, everyByte, releaseOf, TestStore, willOf } from '../testing/test-store.ts';
import {
  type Claim,
  claimDevice,
  type ClaimRequest,
  type Release,
  type Released,
  releaseDevice,
} from './claims.ts';
import { changeSubscriptions } from './sessions.ts';
import { expireSession, fireDelayedWill } from './timers.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const claim = (differs: Partial<ClaimRequest> = {}): Promise<Claim> =>
  claimDevice(redis, keys, claimOf(id, differs));
const release = (differs: Partial<Release> = {}): Promise<Released> =>
  releaseDevice(redis, keys, releaseOf(id, { firesWill: true, ...differs }));
const reap = (): ReturnType<typeof reapNode> =>
  reapNode(redis, keys, 'gw-1.aaaa', 1_700_000_007_000, 60, 1000);
const expire = (): ReturnType<typeof expireSession> => expireSession(redis, keys, p, id, 1000);
const fireDelayed = (): ReturnType<typeof fireDelayedWill> => fireDelayedWill(redis, keys, p, id, 1000);
const timer = (name: string): Promise<number | undefined> => store.timer(id, name);
const isPending = async (): Promise<boolean> => (await timer(`will:${id}`)) !== undefined;
const firedEpochs = async (): Promise<number[]> =>
  (await store.uplink(id)).filter((entry) => entry['will'] === '1').map((entry) => Number(entry['epoch']));
const eventTypes = async (): Promise<string[]> => (await store.events(id)).map((event) => event['type']!);
async function msUntil(name: string): Promise<number> {
  const [seconds, micros] = await redis.time();
  return ((await timer(name)) ?? 0) - Number(seconds) * 1000 - Math.floor(Number(micros) / 1000);
}

describe('a fired will', () => {
  const props = { payloadFormat: 0, messageExpiry: 4_294_967_295, user: [['ä/"', '\u0001']] } as const;
  const will = (): Buffer =>
    willOf(0, {
      ...{ qos: 2, retain: true, payload: everyByte, contentType: 'text/ö' },
      props: { ...props, user: [['ä/"', '\u0001']] },
    });

  test('is an entry of `up` like any message, and an event', async () => {
    await claim({ will: will() });
    const { firedWill } = await release();
    const [found] = await redis.xrangeBuffer(keys.uplink(p), firedWill!, firedWill!);
    const names = found![1].filter((_, i) => i % 2 === 0).map(String);
    expect(names).toEqual([
      ...['device', 'epoch', 'seq', 'topic', 'qos', 'ts', 'payload', 'retain', 'will', 'ctype', 'props'],
    ]);
    const message = uplinkEntryToMessage(found![1]);
    expect(message).toEqual({
      ...{ topic: 'last/words', qos: 2, retain: true, payload: everyByte, from: id, epoch: 1, seq: 0 },
      ...{ ts: message.ts, expiresAt: message.ts + 4_294_967_295_000, contentType: 'text/ö' },
      props: { payloadFormat: 0, user: [['ä/"', '\u0001']] },
    });
    expect((await store.events(id)).at(-1)).toEqual({
      ...{ type: 'will', device: id, epoch: '1', ts: String(message.ts), node: 'gw-1.aaaa' },
      ...{ topic: 'last/words', qos: '2', entry: firedWill },
    });
  });

  test('has the time at which it was fired, so that its expiry counts from then', async () => {
    await claim({ will: will() });
    const [before] = await redis.time();
    await release();
    const [entry] = await store.uplink(id);
    expect(Number(entry!['ts'])).toBeGreaterThanOrEqual(Number(before) * 1000);
    expect(JSON.parse(entry!['props']!)).toMatchObject({ messageExpiry: 4_294_967_295 });
  });

  test('without properties is written without them', async () => {
    await claim({ will: willOf(0, { qos: 0, payload: Buffer.alloc(0) }) });
    await release();
    const [entry] = await store.uplink(id);
    expect(entry).toEqual({
      ...{ device: id, epoch: '1', seq: '0', topic: 'last/words', qos: '0', ts: entry!['ts'], payload: '' },
      will: '1',
    });
  });

  test('is due to be routed 5 s later, unless whoever fired it has done so', async () => {
    await claim({ will: will() });
    const { firedWill } = await release();
    const ms = await msUntil(`route:${firedWill!}`);
    expect(ms).toBeGreaterThan(4000);
    expect(ms).toBeLessThanOrEqual(5000);
  });

  test('stands behind `disconnected`, and in front of the `superseded` that fires it', async () => {
    await claim({ will: willOf() });
    await release();
    await claim({ nonce: 'nonce-b', will: willOf() });
    await claim({ nonce: 'nonce-c', node: 'gw-2.bbbb' });
    expect(await eventTypes()).toEqual([
      'connected',
      'disconnected',
      'will',
      'connected',
      'will',
      'superseded',
    ]);
    expect((await store.events(id))[4]).toMatchObject({ epoch: '2', node: 'gw-1.aaaa' });
    expect(await firedEpochs()).toEqual([1, 2]);
  });
});

describe('a release', () => {
  test('drops the will of a device that said goodbye [MQTT-3.14.4-3]', async () => {
    await claim({ sessionExpiry: 60, will: willOf(30) });
    expect(await release({ firesWill: false })).toEqual({ epoch: 1, firedWill: undefined });
    expect((await store.session(id))['will']).toBeUndefined();
    expect(await isPending()).toBe(false);
    await store.makeDue(id, `expire:${id}`);
    expect(await expire()).toEqual({ expired: true });
    expect(await firedEpochs()).toEqual([]);
  });

  test.each([
    ['without delay', { sessionExpiry: 60 }, 0, {}],
    ['whose session ends with it, whatever its delay', { sessionExpiry: 0 }, 30, {}],
    ['whose session the device ended when it left', { sessionExpiry: 60 }, 30, { sessionExpiry: 0 }],
  ])('fires a will %s, at once', async (_, request, delay, differs) => {
    await claim({ ...request, will: willOf(delay) });
    const { firedWill } = await release(differs);
    expect(firedWill).toBe((await redis.xrange(keys.uplink(p), '-', '+'))[0]![0]);
    expect(await firedEpochs()).toEqual([1]);
    expect((await store.session(id))['will']).toBeUndefined();
    expect(await isPending()).toBe(false);
  });

  test.each([
    ['its delay', 60, 30, 30_000],
    ['the session, if that ends sooner', 20, 30, 20_000],
    ['its delay, when the session never ends', 4_294_967_295, 30, 30_000],
  ])('leaves a will to %s', async (_, sessionExpiry, delay, ms) => {
    await claim({ sessionExpiry, will: willOf(delay) });
    expect((await release()).firedWill).toBeUndefined();
    const left = await msUntil(`will:${id}`);
    expect(left).toBeGreaterThan(ms - 5000);
    expect(left).toBeLessThanOrEqual(ms);
    expect(await firedEpochs()).toEqual([]);
  });

  test('repeated, or of a connection that was superseded, fires nothing', async () => {
    await claim({ sessionExpiry: 60, will: willOf() });
    await release();
    expect(await release()).toEqual({ epoch: 0, firedWill: undefined });
    await claim({ nonce: 'nonce-b', sessionExpiry: 60, will: willOf() });
    await claim({ nonce: 'nonce-c', sessionExpiry: 60, will: willOf() });
    expect(await release({ nonce: 'nonce-b' })).toEqual({ epoch: 0, firedWill: undefined });
    expect(await firedEpochs()).toEqual([1, 2]);
    expect((await store.session(id))['will']).toBeDefined();
  });

  test('without a will fires nothing and sets no timer', async () => {
    await claim({ sessionExpiry: 60 });
    expect((await release()).firedWill).toBeUndefined();
    expect(await isPending()).toBe(false);
  });

  test('ends the claim also where the will cannot be read', async () => {
    for (const [i, broken] of ['no line', 'no JSON\nx', '1\nx', '{}\nx'].entries()) {
      await claim({ nonce: `n${i}`, will: Buffer.from(broken) });
      expect((await release({ nonce: `n${i}` })).epoch).toBe(i + 1);
    }
    expect(await firedEpochs()).toEqual([]);
  });
});

describe('a claim over a live owner', () => {
  test.each([
    ['without delay: the old connection ends here', 60, 0, {}],
    ['at Clean Start, whatever its delay [MQTT-3.1.3-9]', 60, 30, { cleanStart: true }],
    ['of a session that ends with its connection, whatever its delay', 0, 30, {}],
  ])('fires the old will %s', async (_, sessionExpiry, delay, differs) => {
    await claim({ sessionExpiry, will: willOf(delay) });
    const { firedWill } = await claim({ nonce: 'nonce-b', ...differs, will: willOf(7, { topic: 'new' }) });
    expect((await redis.xrange(keys.uplink(p), '-', '+')).map(([entry]) => entry)).toEqual([firedWill]);
    expect(await firedEpochs()).toEqual([1]);
    expect((await store.session(id))['will']).toContain('"new"');
    expect(await timer(`route:${firedWill!}`)).toBeDefined();
  });

  test('drops a delayed will of a session that is resumed [MQTT-3.1.3-9]', async () => {
    await claim({ sessionExpiry: 60, will: willOf(30) });
    const second = await claim({ nonce: 'nonce-b', sessionExpiry: 60 });
    expect(second).toMatchObject({ sessionPresent: true, firedWill: undefined });
    expect((await store.session(id))['will']).toBeUndefined();
    await release({ nonce: 'nonce-b' });
    expect(await firedEpochs()).toEqual([]);
  });

  test('asked again does not tell the will again, which is due to be routed all the same', async () => {
    await claim({ sessionExpiry: 60, will: willOf() });
    const { firedWill } = await claim({ nonce: 'nonce-b', will: willOf() });
    expect((await claim({ nonce: 'nonce-b', will: willOf() })).firedWill).toBeUndefined();
    expect(await firedEpochs()).toEqual([1]);
    expect(await timer(`route:${firedWill!}`)).toBeDefined();
  });
});

describe('a claim of a device that was away', () => {
  beforeEach(async () => {
    await claim({ sessionExpiry: 60, will: willOf(30) });
    await release();
  });

  test('drops the pending will of the session it resumes [MQTT-3.1.3-9]', async () => {
    expect(await claim({ nonce: 'nonce-b', sessionExpiry: 60 })).toMatchObject({
      ...{ sessionPresent: true, firedWill: undefined },
    });
    expect(await isPending()).toBe(false);
    expect(await firedEpochs()).toEqual([]);
  });

  test.each([
    ['with Clean Start', async () => undefined, { cleanStart: true }],
    ['after the session had ended', () => store.makeDue(id, `expire:${id}`), {}],
    ['after the delay had passed', () => store.makeDue(id, `will:${id}`), {}],
  ])('%s fires the pending will before', async (_, before, differs) => {
    await before();
    const { firedWill } = await claim({ nonce: 'nonce-b', sessionExpiry: 60, ...differs });
    expect(firedWill).toBeDefined();
    expect(await eventTypes()).toEqual(['connected', 'disconnected', 'will', 'connected']);
    expect((await store.events(id))[2]).toMatchObject({ epoch: '1', node: 'gw-1.aaaa' });
    expect(await firedEpochs()).toEqual([1]);
    expect(await isPending()).toBe(false);
    expect(await fireDelayed()).toBeUndefined();
  });

  test('keeps its own will apart from that of before', async () => {
    await claim({ nonce: 'nonce-b', sessionExpiry: 60, will: willOf(10, { topic: 'new' }) });
    await redis.zadd(keys.timers(p), 1, `will:${id}`);
    expect(await fireDelayed()).toBeUndefined();
    expect(await isPending()).toBe(false);
    expect((await store.session(id))['will']).toContain('"new"');
  });
});

describe('a timer', () => {
  beforeEach(async () => {
    await claim({ sessionExpiry: 60, will: willOf(30) });
    await release();
  });

  test('fires a delayed will once its time has come, and once only', async () => {
    expect(await fireDelayed()).toBeUndefined();
    await store.makeDue(id, `will:${id}`);
    const entry = await fireDelayed();
    expect(entry).toBeDefined();
    expect(await fireDelayed()).toBeUndefined();
    expect((await store.events(id)).at(-1)).toMatchObject({ type: 'will', node: 'gw-1.aaaa', entry });
    await store.makeDue(id, `expire:${id}`);
    expect(await expire()).toEqual({ expired: true });
    expect(await firedEpochs()).toEqual([1]);
  });

  test('that ends the session fires the pending will before', async () => {
    await store.makeDue(id, `expire:${id}`);
    expect(await expire()).toEqual({ expired: true, firedWill: expect.any(String) as string });
    expect(await isPending()).toBe(false);
    expect(await fireDelayed()).toBeUndefined();
    expect(await firedEpochs()).toEqual([1]);
  });

  test('fires it also when the device record is gone', async () => {
    await redis.unlink(keys.device(p, id));
    await store.makeDue(id, `will:${id}`);
    expect(await fireDelayed()).toBeDefined();
    expect((await store.events(id)).at(-1)).toMatchObject({ type: 'will', node: '' });
  });
});

describe('reaping a dead node', () => {
  test('fires the wills of its devices, or leaves them to their delay', async () => {
    const others = Array.from({ length: 30 }, (_, i) => `d${i}`);
    for (const other of others) {
      await claimDevice(redis, keys, claimOf(other, { will: willOf() }));
    }
    await claim({ sessionExpiry: 60, will: willOf(30) });
    const { ended, firedWills } = await reap();
    expect(ended).toBe(31);
    const found = await Promise.all(
      firedWills.map(async ({ partition, entry }) => {
        const [[, flat]] = (await redis.xrange(keys.uplink(partition), entry, entry)) as [[string, string[]]];
        return flat[1]!;
      }),
    );
    expect(found.toSorted()).toEqual(others.toSorted());
    expect(await isPending()).toBe(true);
    expect(await reap()).toEqual({ ended: 0, firedWills: [] });
  });

  test('fires nothing of a device that another node has taken over', async () => {
    await claim({ sessionExpiry: 60, will: willOf(30) });
    await claim({ nonce: 'nonce-b', node: 'gw-2.bbbb', sessionExpiry: 60, will: willOf() });
    expect(await reap()).toEqual({ ended: 0, firedWills: [] });
    expect(await firedEpochs()).toEqual([]);
  });

  test('that does release it after all fires the will once', async () => {
    await claim({ sessionExpiry: 60, will: willOf() });
    expect((await reap()).firedWills).toHaveLength(1);
    expect(await release()).toEqual({ epoch: 0, firedWill: undefined });
    expect(await firedEpochs()).toEqual([1]);
  });
});

test('a will without delay of a session that goes on leaves its subscriptions and routes alone', async () => {
  const { epoch } = await claim({ sessionExpiry: 60, will: willOf() });
  await changeSubscriptions(redis, keys, {
    ...{ clientId: id, epoch, added: new Map([['a', '{}']]), removed: [], isPersistent: true },
  });
  await release();
  expect(await store.routes(id)).toEqual({ '': '1', [`${id}\na`]: '{}' });
  expect((await claim({ nonce: 'nonce-b', sessionExpiry: 60 })).subscriptions).toEqual(
    new Map([['a', '{}']]),
  );
});
