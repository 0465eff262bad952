import { afterAll, afterEach, expect, test } from 'vitest';
import { claimDevice } from '../presence/claims.ts';
import { OwnRedis } from '../testing/own-redis.ts';
import { claimOf, TestStore } from '../testing/test-store.ts';
import { until } from '../testing/until.ts';
import { type DeviceDesk, WriterDesk } from '../testing/writer-desk.ts';

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

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const turn = (): Promise<void> => new Promise(setImmediate);
const [critical, bulk] = [0, 2];

const openDesk = async (options = {}): Promise<WriterDesk> =>
  (desk = await new WriterDesk(store.url, keys, options).started());

async function claimed(clientId: string): Promise<DeviceDesk> {
  const { epoch } = await claimDevice(redis, keys, claimOf(clientId, { sessionExpiry: 60 }));
  return desk!.device(clientId, epoch);
}

/** Ends the writer's connection as Redis would. */
async function killLink(): Promise<void> {
  const list = String(await redis.client('LIST'));
  const id = /^id=(\d+) .* name=writer-test /m.exec(list)?.[1];
  if (id !== undefined) await redis.client('KILL', 'ID', id).catch(() => undefined);
}

test('a message of an important class is answered before those of others that came long before it', async () => {
  const shares = { weights: [60, 30, 10], flushBytes: 16_384 };
  const { writer } = await openDesk({ shares });
  writer.isShared = true;
  const [many, one] = [desk!.device('many', 1), desk!.device('one', 1)];
  writer.move(many.channel, bulk);
  writer.move(one.channel, critical);
  for (let i = 0; i < 2000; i++) many.send(1, 'x'.repeat(100));
  expect([writer.backlogOf(bulk).messages, writer.backlogOf(critical).messages]).toEqual([2000, 0]);
  await turn();
  one.send(1);
  expect(writer.backlogOf(critical)).toMatchObject({ messages: 1 });
  while (one.settlements.length === 0) await turn();
  expect(many.settlements.length).toBeLessThan(200);
  await desk!.settled();
  expect(many.tokens('STORED')).toEqual(range(2000));
  expect([critical, 1, bulk].map((rank) => writer.backlogOf(rank))).toEqual(
    Array.from({ length: 3 }, () => ({ messages: 0, bytes: 0 })),
  );
});

test('P2, P3: through raises, their ends, broken links and errors of the link, each device stays in its order', async () => {
  let state = 20_261_121;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * limit);
  };
  const { writer } = await openDesk({
    shares: { weights: [50, 30, 20], flushBytes: 16_384 },
    maxFlushBytes: 65_536,
  });
  const devices: DeviceDesk[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) devices.push(await claimed(name));
  const sent = new Map(devices.map((device) => [device, 0]));
  const mixed = new Set(devices.slice(4));
  const qosOf = (device: DeviceDesk): 1 | 2 =>
    mixed.has(device) ? ((1 + below(2)) as 1 | 2) : ((1 + (devices.indexOf(device) % 2)) as 1 | 2);
  for (let step = 0; step < 1500; step++) {
    const device = devices[below(devices.length)]!;
    if (below(8) === 0) writer.move(device.channel, below(3));
    if (below(100) === 0) writer.isShared = below(2) === 0;
    for (let i = below(6); i > 0; i--) {
      const count = sent.get(device)! + 1;
      sent.set(device, count);
      device.send(qosOf(device), 'x'.repeat(below(400)), count);
    }
    if (step % 3 === 0) await turn();
    // One fault at a time: two that meet within a flush may break a device (architecture, section 5).
    if (step % 150 === 74) await desk!.settled();
    if (step % 150 !== 149) continue;
    // What comes now is gathered while the link is away.
    await until('the link to be up', () => writer.isUp);
    if (step % 300 === 149) await killLink();
    else await redis.script('FLUSH');
  }
  await desk!.settled();
  expect(desk!.downs.length).toBeGreaterThanOrEqual(5);
  for (const device of devices) {
    const { clientId, isBroken, rank, wantedRank } = device.channel;
    const entries = await store.uplink(clientId);
    const seqs = entries.map(({ seq }) => Number(seq));
    const first = [...new Set(seqs)];
    expect(first, clientId).toEqual(first.toSorted((x, y) => x - y));
    const twice = entries.filter(({ seq }, i) => seqs.indexOf(Number(seq)) !== i);
    expect(twice.filter(({ qos }) => qos === '2')).toEqual([]);
    expect(device.settlements).toHaveLength(sent.get(device)!);
    // Where Redis forgets the scripts QoS 1 is stored behind a QoS 2 that was not: such a device has to send again.
    if (!mixed.has(device)) expect(isBroken).toBe(false);
    if (!isBroken) expect(device.tokens('STORED')).toEqual(range(sent.get(device)!));
    expect(rank).toBe(wantedRank);
  }
});

test('what is sent again goes before everything that was gathered meanwhile, of whatever class', async () => {
  const { writer } = await openDesk({ shares: { weights: [98, 1, 1], flushBytes: 16_384 } });
  writer.isShared = true;
  const device = desk!.device('a', 1);
  const other = desk!.device('b', 1);
  writer.move(device.channel, bulk);
  for (let i = 0; i < 20; i++) device.send(1, 'x'.repeat(100));
  await turn();
  writer.move(device.channel, critical);
  for (let i = 0; i < 20; i++) {
    device.send(1);
    other.send(1);
  }
  await killLink();
  await desk!.settled();
  for (const one of [device, other]) {
    const seqs = (await store.uplink(one.channel.clientId)).map(({ seq }) => Number(seq));
    expect([...new Set(seqs)]).toEqual(range(one === device ? 40 : 20));
  }
});
