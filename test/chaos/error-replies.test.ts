import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { brokenPromises } from '../support/promises.ts';
import { Publisher } from '../support/publisher.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { isMessage, isRelease, type Fault } from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { freshId } from '../support/stage.ts';
import { keys, uplinkOf, type UplinkEntry } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({ redisUrl: proxy.url, config: { redis: { replyTimeoutMs: 1000 } } });
});
afterAll(async () => {
  const exit = await gateway.stop();
  await proxy.stop();
  await redis.stop();
  expect(exit).toBe(0);
});

const received = (): Promise<number> => gateway.metric('tributary_messages_in_total');

/** QoS of the messages each device sends, one a round, so that the flush interleaves them. */
const devices: (0 | 1 | 2)[][] = [
  [1, 1, 1, 1],
  [2, 2, 2, 2],
  [1, 2, 1, 2],
  [2, 0, 1, 0],
  [0, 1, 0, 2],
  [1, 1, 2, 2],
];
const flushSize = devices.length * 4;

interface Outcome {
  publishers: Publisher[];
  entries: Map<string, UplinkEntry[]>;
  /** Entries of the flush by the publisher that sent them, as the first attempt had them. */
  struckDevices: Set<number>;
}

/**
 * Has one flush of messages of all devices meet the faults at its positions (1 … flushSize), waits until every device
 * is done, and reads what is stored.
 */
async function flushUnder(faultAt: (position: number) => Fault | undefined): Promise<Outcome> {
  const port = gateway.port('mqtt');
  const plug = new Publisher(port, freshId('plug'));
  const publishers = devices.map(() => new Publisher(port, freshId('flush')));
  await Promise.all([plug, ...publishers].map((publisher) => publisher.start()));
  const before = await received();
  proxy.struck.length = 0;
  proxy.close();
  plug.publish(1);
  await until('the plug to reach the gate', () => proxy.waiting === 1);
  for (let round = 0; round < 4; round++) {
    for (const [n, publisher] of publishers.entries()) publisher.publish(devices[n]?.[round] ?? 1);
    const expected = before + 1 + (round + 1) * devices.length;
    await until('the round to be received', async () => (await received()) === expected, { everyMs: 2 });
  }
  const struckDevices = new Set<number>();
  proxy.open((position, { args }) => {
    const fault = position > flushSize ? undefined : faultAt(position);
    const owner = publishers.findIndex(({ clientId }) => args.some((arg) => arg.toString() === clientId));
    if (fault !== undefined) struckDevices.add(owner);
    return fault;
  });
  await Promise.all([plug, ...publishers].map((publisher) => publisher.settle()));
  proxy.open();
  await until(
    'the queue to be empty',
    async () => (await gateway.metric('tributary_uplink_queue_messages')) === 0,
  );
  await Promise.all([plug, ...publishers].map((publisher) => publisher.stop()));
  const entries = new Map<string, UplinkEntry[]>();
  for (const { clientId } of publishers) entries.set(clientId, await uplinkOf(redis.client, clientId));
  return { publishers, entries, struckDevices };
}

const promisesKept = ({ publishers, entries }: Outcome): void =>
  expect(
    publishers.flatMap((publisher) => brokenPromises(publisher, entries.get(publisher.clientId) ?? [])),
  ).toEqual([]);

const placements: Record<string, (position: number) => boolean> = {
  'the first position': (position) => position === 1,
  'a position in the middle': (position) => position === 10,
  'the last position': (position) => position === flushSize,
  'several positions': (position) => [2, 9, 10, 17].includes(position),
  'every position of the second half': (position) => position > flushSize / 2,
  'every position': (position) => position > 0,
};
const linkErrors = {
  LOADING: '-LOADING Redis is loading the dataset in memory',
  READONLY: "-READONLY You can't write against a read only replica.",
  NOSCRIPT: '-NOSCRIPT No matching script. Please use EVAL.',
  CLUSTERDOWN: '-CLUSTERDOWN The cluster is down',
  MASTERDOWN: "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  MOVED: '-MOVED 3999 127.0.0.1:1',
  ASK: '-ASK 3999 127.0.0.1:1',
  MISCONF:
    '-MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
};
const messageErrors = {
  OOM: "-OOM command not allowed when used memory > 'maxmemory'.",
  ERR: '-ERR something about this one message',
};
const storeFailed = 0x83;

describe.each(Object.entries(linkErrors))('P1, P2, P3: %s', (_, reply) => {
  test.each(Object.entries(placements))('at %s of a flush', async (_placement, isStruck) => {
    const outcome = await flushUnder((position) =>
      isStruck(position) ? { kind: 'error', reply } : undefined,
    );
    expect(proxy.struck.length).toBeGreaterThan(0);
    promisesKept(outcome);
    for (const [n, publisher] of outcome.publishers.entries()) {
      const closed = publisher.lives.slice(0, -1);
      // Only a stored message behind an unstored one ends a connection, so only of a device that was struck.
      if (!outcome.struckDevices.has(n)) expect(closed).toEqual([]);
      for (const life of closed) expect(life.reasonCode).toBe(storeFailed);
    }
  });
});

test('a link-level error at every position closes nobody: the order can be kept', async () => {
  const outcome = await flushUnder((position) =>
    position > 0 ? { kind: 'error', reply: linkErrors.LOADING } : undefined,
  );
  expect(outcome.publishers.map(({ lives }) => lives.length)).toEqual(devices.map(() => 1));
});

test('a link-level error with a stored message of the same device behind it closes that device, store-failed', async () => {
  const closed = (): Promise<number> =>
    gateway.metric('tributary_disconnects_total', { reason: 'store-failed' });
  const before = await closed();
  const outcome = await flushUnder((position) =>
    position === 1 ? { kind: 'error', reply: linkErrors.READONLY } : undefined,
  );
  expect(await closed()).toBe(before + 1);
  expect(outcome.publishers.filter(({ lives }) => lives.length === 2)).toHaveLength(1);
  expect(outcome.publishers.filter(({ lives }) => lives.length === 1)).toHaveLength(devices.length - 1);
});

describe.each(Object.entries(messageErrors))('P1, P2, P3: %s', (_, reply) => {
  test.each(Object.entries(placements))('at %s of a flush', async (_placement, isStruck) => {
    const dropped = await gateway.metric('tributary_messages_dropped_total', { reason: 'store-failed' });
    const outcome = await flushUnder((position) =>
      isStruck(position) ? { kind: 'error', reply } : undefined,
    );
    promisesKept(outcome);
    for (const [n, publisher] of outcome.publishers.entries()) {
      const closed = publisher.lives.slice(0, -1);
      if (!outcome.struckDevices.has(n)) expect(closed).toEqual([]);
      for (const life of closed) expect(life.reasonCode).toBe(storeFailed);
      const lost =
        publisher.messages.filter(({ qos }) => qos === 0).length -
        (outcome.entries.get(publisher.clientId) ?? []).filter(({ qos }) => qos === 0).length;
      expect(lost).toBeGreaterThanOrEqual(0);
    }
    if (isStruck(2) && isStruck(3)) {
      expect(
        await gateway.metric('tributary_messages_dropped_total', { reason: 'store-failed' }),
      ).toBeGreaterThan(dropped);
    }
  });
});

const breaks: [string, Fault, 'stored' | 'lost'][] = [
  ['the link cut, executed', { kind: 'cut', outcome: 'executed' }, 'stored'],
  ['the link cut, not executed', { kind: 'cut', outcome: 'lost' }, 'lost'],
  ['the link cut, still on its way to Redis', { kind: 'cut', outcome: 'late' }, 'lost'],
  ['the link silent, executed', { kind: 'mute', executed: true }, 'stored'],
  ['the link silent, not executed', { kind: 'mute', executed: false }, 'lost'],
];

describe.each(breaks)('P1, P2, P3: %s', (_, fault, behind) => {
  test.each([1, 10, flushSize])('from position %i of a flush', async (from) => {
    proxy.lateExecuted = 0;
    const unknown = await gateway.metric('tributary_messages_unknown_total');
    const outcome = await flushUnder((position) => (position === from ? fault : undefined));
    expect(proxy.struck).toHaveLength(1);
    expect(proxy.lateExecuted).toBe(0);
    promisesKept(outcome);
    // Of an unknown outcome nobody has to know: the gateway sends again, and sockets stay.
    expect(outcome.publishers.map(({ lives }) => lives.length)).toEqual(devices.map(() => 1));
    const all = [...outcome.entries.values()].flat();
    const identities = new Set(all.map(({ device, epoch, seq }) => `${device}/${epoch}/${seq}`));
    if (behind === 'lost') expect(all).toHaveLength(identities.size);
    else if (from === 1) expect(all.length).toBeGreaterThan(identities.size);
    if (from === 1) {
      const zeros = devices.flat().filter((qos) => qos === 0).length;
      expect(await gateway.metric('tributary_messages_unknown_total')).toBe(unknown + zeros);
    }
  });
});

test.each([1, 2, 3, 4, 5, 6])(
  'P1, P2, P3: an error at position %i, and then the link cut with the rest executed',
  async (at) => {
    const outcome = await flushUnder((position) => {
      if (position === at) return { kind: 'error', reply: linkErrors.MISCONF };
      return position === devices.length + 1 ? { kind: 'cut', outcome: 'executed' } : undefined;
    });
    expect(proxy.struck).toHaveLength(2);
    promisesKept(outcome);
  },
);

test('P2: an unstored message is not sent again behind a QoS 0 message whose outcome is unknown', async () => {
  // Device 3 sends 2, 0, 1, 0: its QoS 1 message at 16 is refused, its last QoS 0 at 22 is executed and unanswered.
  const outcome = await flushUnder((position) => {
    if (position === 16) return { kind: 'error', reply: linkErrors.MISCONF };
    return position === 17 ? { kind: 'cut', outcome: 'executed' } : undefined;
  });
  expect(proxy.struck).toHaveLength(2);
  promisesKept(outcome);
});

test.each<[string, Fault]>([
  ['an error reply', { kind: 'error', reply: linkErrors.LOADING }],
  ['a cut link, executed', { kind: 'cut', outcome: 'executed' }],
  ['a cut link, not executed', { kind: 'cut', outcome: 'lost' }],
  ['a silent link', { kind: 'mute', executed: true }],
])('P1: PUBCOMP leaves only when the receive record is gone, through %s', async (_, fault) => {
  const id = freshId('release');
  const session = keys.session(keys.partitionOf(id), id);
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 300 } });
  device.send(publishPacket('t', 'x', 2, 1), publishPacket('t', 'y', 2, 2));
  await device.take('pubrec');
  await device.take('pubrec');
  proxy.counts = isRelease;
  try {
    proxy.struck.length = 0;
    proxy.close();
    device.send({ cmd: 'pubrel', messageId: 1, reasonCode: 0 });
    await until('a removal to reach the gate', () => proxy.waiting > 0);
    device.send({ cmd: 'pingreq' });
    await device.take('pingresp');
    expect(device.packets.filter(({ cmd }) => cmd === 'pubcomp')).toEqual([]);
    proxy.open((position) => (position === 0 ? fault : undefined));
    for (const messageId of [1, 2]) {
      if (messageId === 2) device.send({ cmd: 'pubrel', messageId, reasonCode: 0 });
      expect(await device.take('pubcomp')).toMatchObject({ messageId, reasonCode: 0 });
      expect(await redis.client.hget(session, `rx:${messageId}`)).toBeNull();
    }
    expect(proxy.struck).toHaveLength(1);
  } finally {
    proxy.counts = isMessage;
    proxy.open();
  }
  device.send(publishPacket('t', 'z', 2, 1));
  await device.take('pubrec');
  expect((await uplinkOf(redis.client, id)).map(({ payload }) => payload.toString())).toEqual([
    'x',
    'y',
    'z',
  ]);
  await device.leave();
});

test('slow replies change nothing but the time', async () => {
  proxy.replyDelayMs = 50;
  try {
    const outcome = await flushUnder(() => undefined);
    promisesKept(outcome);
    expect(outcome.publishers.map(({ lives }) => lives.length)).toEqual(devices.map(() => 1));
  } finally {
    proxy.replyDelayMs = 0;
  }
});
