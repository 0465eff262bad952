import { afterAll, afterEach, expect, test } from 'vitest';
import { claimDevice } from '../presence/claims.ts';
import { markRouted } from '../presence/sessions.ts';
import { OwnRedis } from '../testing/own-redis.ts';
import { claimOf, TestStore } from '../testing/test-store.ts';
import { until } from '../testing/until.ts';
import { WriterDesk } from '../testing/writer-desk.ts';

// Its own: scripts are forgotten here and links killed by their name, which is nobody else's business.
const own = await OwnRedis.start({ isDurable: false });
const store = new TestStore(own.url);
const { redis, keys } = store;
let desk: WriterDesk | undefined;

afterEach(async () => {
  desk?.writer.close();
  await store.clear();
});
afterAll(async () => {
  await store.close();
  await own.stop();
});

const openDesk = async (options = {}): Promise<WriterDesk> =>
  (desk = await new WriterDesk(store.url, keys, options).started());
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const seqs = async (clientId: string): Promise<number[]> =>
  (await store.uplink(clientId)).map(({ seq }) => Number(seq));

/** A device that holds its claim, so that QoS 2 is let through. */
async function claimed(clientId: string, nonce = 'nonce-a'): Promise<number> {
  return (await claimDevice(redis, keys, claimOf(clientId, { nonce, sessionExpiry: 60 }))).epoch;
}

test('an entry stands in the stream when it is settled, as it was sent', async () => {
  const { writer } = await openDesk();
  const device = desk!.device('pump-1', 12);
  device.send(1, 'hello\0\xff');
  expect([writer.queuedCount, writer.queuedBytes > 0]).toEqual([1, true]);
  await desk!.settled();
  expect(device.settlements).toEqual(['STORED QOS1 1']);
  expect(await store.uplink('pump-1')).toEqual([
    {
      ...{ device: 'pump-1', epoch: '12', seq: '1', topic: 't', qos: '1' },
      ...{ ts: '1700000000000', payload: 'hello\0\xff' },
    },
  ]);
  expect(writer.queuedBytes).toBe(0);
});

test('the entries of every device are stored and settled in the order they were appended', async () => {
  await openDesk();
  const epoch = await claimed('a');
  const devices = [desk!.device('a', epoch), desk!.device('b', 1), desk!.device('ä/{c}', 1)];
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 50; i++) {
      devices[0]!.send(([1, 2, 0] as const)[i % 3]!, 'x', i % 3 === 1 ? round * 50 + i + 1 : 0);
      devices[1]!.send(1, 'y');
      devices[2]!.send(0, 'z');
    }
    await new Promise(setImmediate);
  }
  await desk!.settled();
  for (const device of devices) {
    expect(device.tokens('STORED')).toEqual(range(1000));
    expect(await seqs(device.channel.clientId)).toEqual(range(1000));
  }
});

test('gathers what comes while a flush is out', async () => {
  const { writer } = await openDesk();
  const device = desk!.device('a', 1);
  for (let i = 0; i < 1000; i++) device.send(1);
  expect(writer.flushes).toBe(0);
  await desk!.settled();
  expect(writer.flushes).toBe(1);
});

test('splits what exceeds a flush, and stores payloads larger than one', async () => {
  const { writer } = await openDesk({ maxFlushBytes: 64 * 1024 });
  const device = desk!.device('a', 1);
  const payloads = range(20).map((n) => Buffer.alloc(n === 7 ? 1_000_000 : 20_000, n));
  for (const payload of payloads) device.send(1, payload);
  await desk!.settled();
  expect(writer.flushes).toBeGreaterThan(4);
  expect(device.tokens('STORED')).toEqual(range(20));
  const entries = await redis.xrangeBuffer(keys.uplink(keys.partitionOf('a')), '-', '+');
  expect(entries.map(([, fields]) => fields.at(-1)!.equals(payloads.shift()!))).not.toContain(false);
});

test('a QoS 2 message sent again under its packet id is stored once [MQTT-4.3.3-10]', async () => {
  await openDesk();
  const device = desk!.device('a', await claimed('a'));
  for (const payload of ['first', 'again', 'and again']) device.send(2, payload, 9);
  await desk!.settled();
  expect(device.settlements).toEqual(['STORED QOS2 9', 'STORED QOS2 9', 'STORED QOS2 9']);
  expect((await store.uplink('a')).map(({ payload }) => payload)).toEqual(['first']);
  expect((await store.session('a'))['rx:9']).toMatch(/^1\/1\/\d+-\d+$/);
});

test('a packet id may be used for the next message once it is released', async () => {
  await openDesk();
  const device = desk!.device('a', await claimed('a'));
  device.send(2, 'one', 9);
  device.release(9);
  device.release(9);
  device.send(2, 'two', 9);
  await desk!.settled();
  expect(device.settlements).toEqual([
    'STORED QOS2 9',
    'STORED RELEASE 9',
    'STORED RELEASE 9',
    'STORED QOS2 9',
  ]);
  expect((await store.uplink('a')).map(({ payload }) => payload)).toEqual(['one', 'two']);
});

test('QoS 2 of a connection that was taken over is fenced: nothing is written, the receive state is the new one’s', async () => {
  await openDesk();
  const old = desk!.device('a', await claimed('a'));
  old.send(2, 'before', 1);
  await desk!.settled();
  const epoch = await claimed('a', 'nonce-b');
  old.send(2, 'late', 2);
  old.release(1);
  const now = desk!.device('a', epoch);
  now.send(2, 'again', 1);
  now.send(2, 'new', 3);
  await desk!.settled();
  expect(old.settlements).toEqual(['STORED QOS2 1', 'FENCED QOS2 2', 'FENCED RELEASE 1']);
  expect(now.settlements).toEqual(['STORED QOS2 1', 'STORED QOS2 3']);
  expect((await store.uplink('a')).map(({ payload }) => payload)).toEqual(['before', 'new']);
  const held = Object.keys(await store.session('a')).filter((name) => name.startsWith('rx:'));
  expect(held.toSorted()).toEqual(['rx:1', 'rx:3']);
});

test('a message Redis refuses for its own reason fails its device from there on, and no other', async () => {
  await openDesk();
  // A key of another type at the place of the stream: WRONGTYPE is about this message, not about the link.
  const other = range(100)
    .map((n) => `x${n}`)
    .find((name) => keys.partitionOf(name) !== keys.partitionOf('a'))!;
  await redis.set(keys.uplink(keys.partitionOf('a')), 'no stream');
  const [device, neighbour] = [desk!.device('a', 1), desk!.device(other, 1)];
  for (let i = 0; i < 3; i++) {
    device.send(1);
    neighbour.send(1);
  }
  await desk!.settled();
  await redis.del(keys.uplink(keys.partitionOf('a')));
  device.send(1);
  await desk!.settled();
  expect(device.settlements).toEqual(['FAILED QOS1 1', 'FAILED QOS1 2', 'FAILED QOS1 3', 'FAILED QOS1 4']);
  expect(device.channel.isBroken).toBe(true);
  expect(neighbour.tokens('STORED')).toEqual(range(3));
  expect(desk!.refusals[0]).toMatch(/^WRONGTYPE/);
  expect([desk!.downs, desk!.ups]).toEqual([[], 1]);
});

test('a link that Redis closes comes back by itself', async () => {
  await openDesk();
  const device = desk!.device('a', 1);
  device.send(1);
  await desk!.settled();
  const list = String(await redis.client('LIST'));
  const id = /^id=(\d+) .* name=writer-test /m.exec(list)![1]!;
  await redis.client('KILL', 'ID', id);
  await until('the link to be down', () => desk!.downs.length > 0);
  device.send(1);
  await desk!.settled();
  expect(device.tokens('STORED')).toEqual([1, 2]);
  expect(desk!.ups).toBe(2);
});

test('scripts Redis has forgotten are loaded again, and what they would have done is done', async () => {
  await openDesk();
  const device = desk!.device('a', await claimed('a'));
  await redis.script('FLUSH');
  device.send(2, 'x', 1);
  device.release(1);
  device.send(2, 'y', 2);
  await desk!.settled();
  expect(device.settlements).toEqual(['STORED QOS2 1', 'STORED RELEASE 1', 'STORED QOS2 2']);
  expect((await store.uplink('a')).map(({ payload }) => payload)).toEqual(['x', 'y']);
  expect(desk!.downs[0]).toMatch(/^NOSCRIPT/);
});

test('close settles what is left, once, and may be repeated', async () => {
  const { writer } = await openDesk();
  const device = desk!.device('a', 1);
  device.send(1);
  device.send(0);
  writer.close();
  writer.close();
  expect(device.settlements).toEqual(['FAILED QOS1 1', 'FAILED QOS0 2']);
  expect([writer.queuedCount, writer.queuedBytes, writer.isUp]).toEqual([0, 0, false]);
});

test('a message of QoS 2 that has yet to be routed says so in its receive record, until it is marked', async () => {
  await openDesk();
  const epoch = await claimed('a');
  const device = desk!.device('a', epoch);
  device.send(2, 'x', 7, true);
  device.send(2, 'x', 7, true);
  device.send(2, 'y', 8);
  await desk!.settled();
  const received = async (nonce: string): Promise<unknown> =>
    (await claimDevice(redis, keys, claimOf('a', { nonce, sessionExpiry: 60 }))).receiving;
  expect(await received('nonce-a')).toEqual(new Map());
  expect(await received('nonce-b')).toEqual(
    new Map([
      [7, { epoch: 1, seq: 1, isRouted: false }],
      [8, { epoch: 1, seq: 3, isRouted: true }],
    ]),
  );
  await markRouted(redis, keys, 'a', 2, 7, { epoch: 1, seq: 1 });
  expect((await store.session('a'))['rx:7']).toMatch(/^1\/1\/\d+-\d+$/);
  expect(await seqs('a')).toEqual([1, 3]);
});
