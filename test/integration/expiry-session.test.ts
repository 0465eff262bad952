import { describe, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { untilTime } from '../conformance/support/clock.ts';
import { cutOff, goAway, untilAway } from '../conformance/support/sessions.ts';
import { codesOf, connected, type ConnectOptions } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const never = 0xffff_ffff;
const stage = useStage({ config: { sessions: { maxExpirySeconds: never } } });
const partition = (clientId: string): number => keys.partitionOf(clientId);

const asking = (clientId: string, seconds?: number): ConnectOptions => ({
  clientId,
  clean: false,
  ...(seconds === undefined ? {} : { properties: { sessionExpiryInterval: seconds } }),
});

/** Connects with a session of that expiry, subscribes to a topic of its own and publishes to it while it is away. */
async function leaveBehind(
  clientId: string,
  seconds: number | undefined,
  end: (device: Client) => Promise<void> = (device) => goAway(stage, device),
): Promise<void> {
  const device = await connected(stage.gateway, asking(clientId, seconds));
  await device.subscribe(`of/${clientId}`, 1);
  await end(device);
  const publisher = await connected(stage.gateway);
  await codesOf(publisher, `of/${clientId}`, ['queued'], 1);
}

/** When the session ends by its timer, in ms from now; undefined when it has none. */
async function timer(clientId: string): Promise<number | undefined> {
  const score = await stage.redis.client.zscore(keys.timers(partition(clientId)), `expire:${clientId}`);
  return score === null ? undefined : Number(score) - Date.now();
}

/** What Redis has of a session: keys, and routes. */
async function leftOf(clientId: string): Promise<string[]> {
  const p = partition(clientId);
  const { client } = stage.redis;
  const names = {
    session: keys.session(p, clientId),
    queue: keys.queue(p, clientId),
    routed: keys.routed(p, clientId),
  };
  const found: string[] = [];
  for (const [name, key] of Object.entries(names)) if ((await client.exists(key)) === 1) found.push(name);
  const routes = (await client.hkeys(keys.routes(p))).filter((field) => field.startsWith(`${clientId}\n`));
  return [...found, ...routes.map((field) => field.split('\n')[1] ?? '')];
}

const presentAt = async (clientId: string, seconds?: number): Promise<boolean> => {
  const device = await connected(stage.gateway, asking(clientId, seconds));
  const present = device.connack.sessionPresent;
  await device.leave();
  await untilAway(stage, clientId);
  return present;
};

const ends: [how: string, end: (device: Client) => Promise<void>][] = [
  ['says goodbye', (device) => goAway(stage, device)],
  ['is cut off', (device) => cutOff(stage, device)],
];

describe.each(ends)('when the device %s', (_, end) => {
  test.each([['is 0', 0] as const, ['is absent', undefined] as const])(
    'a session whose expiry %s ends with the connection, and takes its routes along [MQTT-3.1.2-23]',
    async (_how, seconds) => {
      const clientId = freshId('none');
      await leaveBehind(clientId, seconds, end);
      expect(await leftOf(clientId)).toEqual([]);
      expect(await presentAt(clientId)).toBe(false);
    },
  );

  test('a session of n seconds is there until they have passed', async () => {
    const clientId = freshId('long');
    await leaveBehind(clientId, 60, end);
    expect(await timer(clientId)).toBeGreaterThan(50_000);
    expect(await timer(clientId)).toBeLessThanOrEqual(60_000);
    expect(await leftOf(clientId)).toEqual(['session', 'queue', `of/${clientId}`]);
    const device = await connected(stage.gateway, asking(clientId, 60));
    expect(device.connack.sessionPresent).toBe(true);
    expect(await timer(clientId)).toBeUndefined();
    expect(await device.receivePayloads(1)).toEqual(['queued']);
  });

  test('a session of 1 second is gone after it, with its queue and its routes [MQTT-3.1.2-23]', async () => {
    const clientId = freshId('short');
    const before = await stage.gateway.metric('tributary_sessions_expired_total');
    await leaveBehind(clientId, 1, end);
    await until('nothing to be left', async () => (await leftOf(clientId)).length === 0);
    await until(
      'it to be counted',
      async () => (await stage.gateway.metric('tributary_sessions_expired_total')) > before,
    );
    const device = await connected(stage.gateway, asking(clientId, 60));
    expect(device.connack.sessionPresent).toBe(false);
    await device.nothingMore();
    const publisher = await connected(stage.gateway);
    await codesOf(publisher, `of/${clientId}`, ['not wanted'], 1);
    await device.nothingMore();
  });

  test('a session of 4294967295 has no end', async () => {
    const clientId = freshId('never');
    await leaveBehind(clientId, never, end);
    expect(await timer(clientId)).toBeUndefined();
    expect(await leftOf(clientId)).toEqual(['session', 'queue', `of/${clientId}`]);
    const device = await connected(stage.gateway, asking(clientId, never));
    expect(device.connack.properties?.sessionExpiryInterval).toBeUndefined();
    expect(await device.receivePayloads(1)).toEqual(['queued']);
  });
});

test('a 3.1.1 session that is not clean has no end either, and a clean one ends with its connection', async () => {
  const clientId = freshId('old');
  const device = await connected(stage.gateway, { clientId, version: 4, clean: false });
  await device.subscribe(`of/${clientId}`, 1);
  await goAway(stage, device);
  expect(await timer(clientId)).toBeUndefined();
  expect(await leftOf(clientId)).toEqual(['session', `of/${clientId}`]);
  const clean = await connected(stage.gateway, { clientId, version: 4, clean: true });
  await goAway(stage, clean);
  expect(await leftOf(clientId)).toEqual([]);
});

describe('an expiry that DISCONNECT changes', () => {
  const leaving = (seconds: number) => async (device: Client) => {
    await device.leave({ properties: { sessionExpiryInterval: seconds } });
    await untilAway(stage, device.clientId);
  };

  test('to 0 ends the session', async () => {
    const clientId = freshId('ended');
    await leaveBehind(clientId, 300, leaving(0));
    expect(await leftOf(clientId)).toEqual([]);
    expect(await presentAt(clientId)).toBe(false);
  });

  test.each([
    ['shorter', 300, 20, 20_000],
    ['longer', 20, 300, 300_000],
    ['longer than for ever was', never, 300, 300_000],
  ])('to something %s holds', async (_, first, then, expectedMs) => {
    const clientId = freshId('changed');
    await leaveBehind(clientId, first, leaving(then));
    expect(await timer(clientId)).toBeLessThanOrEqual(expectedMs);
    expect(await timer(clientId)).toBeGreaterThan(expectedMs - 10_000);
    expect(await presentAt(clientId, 300)).toBe(true);
  });

  test('to never holds', async () => {
    const clientId = freshId('changed');
    await leaveBehind(clientId, 1, leaving(never));
    expect(await timer(clientId)).toBeUndefined();
    await untilTime(Date.now() + 1500);
    expect(await presentAt(clientId, 300)).toBe(true);
  });

  test('holds for that time alone: the next CONNECT says anew', async () => {
    const clientId = freshId('changed');
    await leaveBehind(clientId, 300, leaving(20));
    const device = await connected(stage.gateway, asking(clientId, 200));
    await goAway(stage, device);
    expect(await timer(clientId)).toBeGreaterThan(190_000);
  });
});

test('the expiry counts from the end of the connection, and each connection begins anew', async () => {
  const clientId = freshId('kept');
  for (let round = 0; round < 3; round++) {
    const device = await connected(stage.gateway, asking(clientId, 3));
    expect(device.connack.sessionPresent).toBe(round > 0);
    await untilTime(Date.now() + 2000);
    await goAway(stage, device);
    // Alone far less than three seconds, and more than them with the connection before it, or three times over.
    await untilTime(Date.now() + 1100);
  }
  expect(await presentAt(clientId, 3)).toBe(true);
});

test('a session outlives its connection for as long as a takeover says', async () => {
  const clientId = freshId('taken');
  const first = await connected(stage.gateway, asking(clientId, 300));
  await first.subscribe(`of/${clientId}`, 1);
  const second = await connected(stage.gateway, asking(clientId, 0));
  await first.disconnectedWith(0x8e);
  expect(second.connack.sessionPresent).toBe(true);
  await goAway(stage, second);
  expect(await leftOf(clientId)).toEqual([]);
});

test('a plain device has a session as long as it asks for', async () => {
  const clientId = freshId('plain');
  const hello = (more: object): Promise<PlainDevice> =>
    PlainDevice.hello(stage.gateway.wsUrl('/ws'), clientId, { cleanStart: false, ...more });
  const device = await hello({ expiry: 300 });
  device.send({ type: 'subscribe', id: 1, topics: [{ filter: `of/${clientId}` }] });
  await device.take('subscribed');
  await device.leave();
  await untilAway(stage, clientId);
  expect(await timer(clientId)).toBeGreaterThan(290_000);
  expect(await leftOf(clientId)).toEqual(['session', `of/${clientId}`]);
  const again = await hello({ expiry: 0 });
  expect(again.welcome?.['sessionPresent']).toBe(true);
  await again.leave();
  await untilAway(stage, clientId);
  expect(await leftOf(clientId)).toEqual([]);
});

describe('an expiry above what the node allows', () => {
  const limited = useStage({ config: { sessions: { maxExpirySeconds: 30 } } });

  test('is cut, and MQTT 5 is told so', async () => {
    const device = await connected(limited.gateway, asking(freshId('cut'), 31));
    expect(device.connack.properties?.sessionExpiryInterval).toBe(30);
    const within = await connected(limited.gateway, asking(freshId('cut'), 30));
    expect(within.connack.properties?.sessionExpiryInterval).toBeUndefined();
  });

  test.each([
    ['3.1.1', { version: 4, clean: false }],
    ['DISCONNECT', { clean: false, properties: { sessionExpiryInterval: 10 } }],
  ] as const)('is cut where nobody can be told: %s', async (_, connect) => {
    const clientId = freshId('cut');
    const device = await connected(limited.gateway, { ...connect, clientId });
    await device.leave({ properties: { sessionExpiryInterval: never } });
    await untilAway(limited, clientId);
    const score = await limited.redis.client.zscore(keys.timers(partition(clientId)), `expire:${clientId}`);
    expect(Number(score) - Date.now()).toBeLessThanOrEqual(30_000);
    expect(Number(score) - Date.now()).toBeGreaterThan(20_000);
  });
});
