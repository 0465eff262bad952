import { expect, test } from 'vitest';
import { faultsOfHistory } from '../support/history.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { eventsOf, keys, ownerOf, untilEvents, untilUplink } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ config: { presence: { recordIntervalMs: 1000 } } });

const open = (version: 4 | 5 = 5): Promise<RawMqtt> => RawMqtt.tcp(stage.gateway.port('mqtt'), version);
const recordKey = (id: string): string => keys.device(keys.partitionOf(id), id);
const record = (id: string): Promise<Record<string, string>> => stage.redis.client.hgetall(recordKey(id));

test('writes one connected and one disconnected event, with the facts of the connection', async () => {
  const id = freshId();
  const before = Date.now();
  const device = await open(4);
  await device.connect(id, { keepalive: 33 });
  for (let n = 1; n <= 3; n++) device.send(publishPacket('t', 'four', 1, n));
  await device.take('puback', ({ messageId }) => messageId === 3);
  const [connected] = await untilEvents(stage.redis.client, id, 1);
  expect(await ownerOf(stage.redis.client, id)).toEqual({
    epoch: connected?.epoch,
    node: stage.gateway.node,
  });
  await device.leave();

  const events = await untilEvents(stage.redis.client, id, 2);
  expect(events).toHaveLength(2);
  const [first, last] = events;
  expect(first?.fields).toMatchObject({
    type: 'connected',
    device: id,
    node: stage.gateway.node,
    protocol: 'mqtt3.1.1',
    transport: 'tcp',
    listener: 'mqtt',
    address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    cleanStart: '1',
    sessionPresent: '0',
    keepAlive: '33',
  });
  expect(last?.fields).toMatchObject({
    type: 'disconnected',
    device: id,
    epoch: String(first?.epoch),
    node: stage.gateway.node,
    reason: 'normal',
    by: 'device',
    lastSeq: '3',
    messages: '3',
    dropped: '0',
    unknown: '0',
  });
  expect(Number(last?.fields['bytes'])).toBeGreaterThan(0);
  expect(Number(last?.fields['durationMs'])).toBeGreaterThanOrEqual(0);
  for (const { fields } of events) {
    expect(Number(fields['ts'])).toBeGreaterThanOrEqual(before - 1000);
    expect(Number(fields['ts'])).toBeLessThanOrEqual(Date.now() + 1000);
  }
  expect(await ownerOf(stage.redis.client, id)).toBeUndefined();
});

test('tells a goodbye from a lost socket and from a device that reports an error', async () => {
  const ends: [string, (device: RawMqtt) => void][] = [
    ['normal', (device) => device.send({ cmd: 'disconnect', reasonCode: 0 })],
    ['connection-lost', (device) => device.drop()],
    ['connection-lost', (device) => device.finish()],
    ['device-error', (device) => device.send({ cmd: 'disconnect', reasonCode: 0x80 })],
  ];
  for (const [reason, end] of ends) {
    const id = freshId();
    const device = await open();
    await device.connect(id);
    end(device);
    expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe(reason);
  }
});

test('closes the older connection with 0x8E when a device connects twice [MQTT-3.1.4-3]', async () => {
  const id = freshId();
  const first = await open();
  await first.connect(id);
  const second = await open();
  await second.connect(id);
  expect((await first.end()).disconnect?.reasonCode).toBe(0x8e);
  second.send(publishPacket('t', 'x', 1, 1));
  await second.take('puback');
  const events = await untilEvents(stage.redis.client, id, 2);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'superseded']);
  expect(events[1]?.fields).toMatchObject({
    previousEpoch: String(events[0]?.epoch),
    previousNode: stage.gateway.node,
  });
  expect(await ownerOf(stage.redis.client, id)).toMatchObject({ epoch: events[1]?.epoch });
  await second.leave();
  const all = await untilEvents(stage.redis.client, id, 3);
  expect(faultsOfHistory(all)).toEqual([]);
  expect(await stage.gateway.metric('tributary_disconnects_total', { reason: 'superseded' })).toBeGreaterThan(
    0,
  );
});

test('takes over between 3.1.1, MQTT 5 and plain devices alike', async () => {
  const id = freshId();
  const v4 = await open(4);
  await v4.connect(id);
  const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id);
  await v4.end();
  const v5 = await RawMqtt.ws(stage.gateway.wsUrl('/mqtt'));
  await v5.connect(id);
  expect(await plain.end()).toBe(4409);
  await v5.leave();
  const events = await untilEvents(stage.redis.client, id, 4);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'superseded', 'superseded', 'disconnected']);
  expect(faultsOfHistory(events)).toEqual([]);
});

test('P4: a late close of an old socket never marks the device offline', async () => {
  const id = freshId();
  const devices: RawMqtt[] = [];
  for (let n = 0; n < 10; n++) {
    const device = await open(4);
    await device.connect(id);
    device.stopReading(); // it does not notice that it was replaced
    devices.push(device);
  }
  for (const device of devices.slice(0, -1)) device.drop();
  await until('one connection', async () => (await stage.gateway.metric('tributary_connections')) === 1);
  const events = await untilEvents(stage.redis.client, id, 10);
  expect(events.map(({ type }) => type)).toEqual(['connected', ...Array<string>(9).fill('superseded')]);
  expect(await ownerOf(stage.redis.client, id)).toMatchObject({ epoch: events.at(-1)?.epoch });
  expect(await record(id)).toMatchObject({ state: 'online', epoch: String(events.at(-1)?.epoch) });
  devices.at(-1)?.drop();
  expect(faultsOfHistory(await untilEvents(stage.redis.client, id, 11))).toEqual([]);
});

test('a storm of connections under one client id leaves one, and a legal history', async () => {
  const id = freshId();
  const devices = await Promise.all(Array.from({ length: 40 }, () => open()));
  for (const device of devices)
    device.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: id,
      clean: true,
      keepalive: 60,
    });
  await until(
    'all but one to be closed',
    () => devices.filter(({ closing }) => closing === undefined).length === 1,
  );
  const winner = devices.find(({ closing }) => closing === undefined);
  winner?.send(publishPacket('t', 'x', 1, 1));
  await winner?.take('puback');
  const events = await eventsOf(stage.redis.client, id);
  expect(faultsOfHistory(events)).toEqual([]);
  expect(await ownerOf(stage.redis.client, id)).toMatchObject({ epoch: events.at(-1)?.epoch });
  await winner?.leave();
});

test('forgets a device whose socket ends while its claim is out', async () => {
  const ids = Array.from({ length: 30 }, () => freshId('hasty'));
  for (const id of ids) {
    const device = await open();
    device.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: id,
      clean: true,
      keepalive: 60,
    });
    device.drop();
  }
  await until('no connection', async () => (await stage.gateway.metric('tributary_connections')) === 0);
  for (const id of ids) {
    await until(`${id} to be offline`, async () => {
      const events = await eventsOf(stage.redis.client, id);
      return events.length % 2 === 0 && (await ownerOf(stage.redis.client, id)) === undefined;
    });
    expect(faultsOfHistory(await eventsOf(stage.redis.client, id))).toEqual([]);
  }
});

test.concurrent.each([4, 5] as const)(
  'closes after 1.5 keep-alives of silence, protocol level %i [MQTT-3.1.2-22]',
  async (version) => {
    const id = freshId();
    const device = await open(version);
    const start = performance.now();
    await device.connect(id, { keepalive: 1 });
    const { disconnect } = await device.end();
    expect(performance.now() - start).toBeGreaterThan(1300);
    if (version === 5) expect(disconnect?.reasonCode).toBe(0x8d);
    const events = await untilEvents(stage.redis.client, id, 2);
    expect(events[1]?.fields).toMatchObject({ reason: 'keep-alive-timeout', by: 'network' });
  },
);

test.concurrent('any packet keeps a connection alive', async () => {
  const device = await open();
  await device.connect(freshId(), { keepalive: 2 });
  const end = performance.now() + 5000;
  for (let n = 1; performance.now() < end; n++) {
    if (n % 2 === 0) device.send({ cmd: 'pingreq' });
    else device.send(publishPacket('t', 'x', 1, n));
    await until('an answer', () => device.packets.length === n + 1);
    const next = performance.now() + 1300;
    await until('a pause of the device', () => performance.now() > next);
  }
  expect(device.closing).toBeUndefined();
  await device.leave();
});

test.concurrent('keeps the record of a device: while it is here, and for a time after', async () => {
  const id = freshId();
  const before = Date.now();
  const device = await open();
  await device.connect(id, { keepalive: 44, clean: false, properties: { sessionExpiryInterval: 77 } });
  const epoch = (await untilEvents(stage.redis.client, id, 1))[0]?.epoch;
  expect(await record(id)).toMatchObject({
    state: 'online',
    node: stage.gateway.node,
    epoch: String(epoch),
    protocol: 'mqtt5',
    transport: 'tcp',
    listener: 'mqtt',
    keepAlive: '44',
    expiry: '77',
    connects: '1',
  });
  expect(await stage.redis.client.ttl(recordKey(id))).toBe(-1);

  for (let n = 1; n <= 4; n++) device.send(publishPacket('t', 'payload', 1, n));
  await untilUplink(stage.redis.client, id, 4);
  const midway = await until('the record to be written at its interval', async () => {
    const fields = await record(id);
    return fields['epochMessages'] === '4' ? fields : undefined;
  });
  expect(Number(midway['lastSeen'])).toBeGreaterThanOrEqual(before - 1000);

  await device.leave();
  await untilEvents(stage.redis.client, id, 2);
  const left = await until('the record to say offline', async () => {
    const fields = await record(id);
    return fields['state'] === 'offline' ? fields : undefined;
  });
  expect(left).toMatchObject({ reason: 'normal', epochMessages: '4', messages: '0' });
  expect(Number(left['disconnectedAt'])).toBeGreaterThanOrEqual(Number(left['connectedAt']));
  const ttl = await stage.redis.client.ttl(recordKey(id));
  expect(ttl).toBeGreaterThan(3500);
  expect(ttl).toBeLessThanOrEqual(3600);

  const again = await open();
  await again.connect(id, { clean: true });
  expect(await stage.redis.client.ttl(recordKey(id))).toBe(-1);
  expect(await record(id)).toMatchObject({
    connects: '2',
    messages: '4',
    epochMessages: '0',
    firstSeen: left['firstSeen'],
  });
  await again.leave();
});

test.concurrent('ends a session when its expiry is over, and leaves none of its keys', async () => {
  const id = freshId();
  const device = await open();
  await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 1 } });
  device.send(publishPacket('t', 'x', 2, 1));
  await device.take('pubrec');
  await device.leave();
  const partition = keys.partitionOf(id);
  await until(
    'the session to expire',
    async () => (await stage.redis.client.exists(keys.session(partition, id))) === 0,
  );
  expect(await stage.redis.client.zscore(keys.timers(partition), `expire:${id}`)).toBeNull();
  const back = await open();
  expect((await back.connect(id, { clean: false })).sessionPresent).toBe(false);
  await back.leave();
});

test.concurrent('a device that returns in time keeps its session beyond the old expiry', async () => {
  const id = freshId();
  const keep = { clean: false, properties: { sessionExpiryInterval: 3 } };
  const device = await open();
  await device.connect(id, keep);
  await device.leave();
  await untilEvents(stage.redis.client, id, 2);
  const back = await open();
  expect((await back.connect(id, keep)).sessionPresent).toBe(true);
  const partition = keys.partitionOf(id);
  const end = performance.now() + 4500;
  await until('the old deadline to pass', () => performance.now() > end);
  expect(await stage.redis.client.exists(keys.session(partition, id))).toBe(1);
  await back.leave();
});
