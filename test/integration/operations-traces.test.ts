import type { Operation, Trace, TraceEvent } from '@tributary/protocol/admin-api';
import { expect, onTestFinished, test } from 'vitest';
import type { Gateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import type { SignedInHeaders } from '../support/sign-in.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { useTwoNodes } from '../support/two-nodes.ts';
import { until } from '../support/until.ts';

let blind: SignedInHeaders;

const stage = useTwoNodes(async ({ admin }) => {
  blind = await admin.operator('olga', 'operator');
});

interface Started {
  trace: Trace;
  operation: Operation;
}

/** Starts a trace, stopped with the test, and waits until all nodes have it. */
async function traced(body: object, headers?: Record<string, string>): Promise<Trace> {
  const started = await stage.admin.call<Started>('POST', '/traces', body, headers);
  expect(started.status).toBe(202);
  const { trace, operation } = started.body;
  onTestFinished(async () => {
    await stage.admin.call('POST', `/traces/${trace.id}/stop`);
  });
  expect((await stage.admin.ended(operation.id)).outcomes).toEqual({ applied: 2 });
  return trace;
}

async function device(id: string, node: Gateway = stage.nodes[0], more: object = {}): Promise<RawMqtt> {
  const client = await RawMqtt.tcp(node.port('mqtt'));
  onTestFinished(() => client.drop());
  await client.connect(id, more);
  return client;
}

async function eventsOf({ id }: Trace, headers?: Record<string, string>): Promise<TraceEvent[]> {
  const path = `/traces/${id}/events?limit=1000`;
  return (await stage.admin.call<{ items: TraceEvent[] }>('GET', path, undefined, headers)).body.items;
}

/** Waits until a trace has events of these types, in this order by the nodes' clocks, others between them or not. */
async function seen(trace: Trace, ...types: string[]): Promise<TraceEvent[]> {
  return until(
    () => `the trace to see ${types.join(', ')}`,
    async () => {
      const events = (await eventsOf(trace)).toSorted((a, b) => a.at - b.at);
      let next = 0;
      for (const { direction, type } of events) if (`${direction} ${type}` === types[next]) next++;
      return next === types.length && events;
    },
  );
}

test('a trace sees what a device says and is told, as it goes on and comes back elsewhere', async () => {
  const id = freshId('pump/1');
  const first = await device(id);
  const trace = await traced({ device: id });
  expect(trace).toMatchObject({ device: id, payload: false, by: 'admin', state: 'running' });
  first.send(publishPacket('plant/<b>1', 'hello', 1, 7));
  await first.take('puback');
  first.send({ cmd: 'pingreq' });
  await first.take('pingresp');
  const second = await device(id, stage.nodes[1]);
  second.send({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'plant/#', qos: 1 }] });
  await second.take('suback');
  // Only then is it certain which of the two ends first.
  await first.end();
  second.send({ cmd: 'disconnect', reasonCode: 0 });

  const events = await seen(
    trace,
    ...['in PUBLISH', 'out PUBACK', 'in PINGREQ', 'out PINGRESP', 'none connected', 'out CONNACK'],
    ...['in SUBSCRIBE', 'out SUBACK', 'in DISCONNECT', 'none disconnected'],
  );
  const of = (type: string): TraceEvent => events.find((event) => event.type === type)!;
  expect(of('PUBLISH')).toMatchObject({
    ...{
      direction: 'in',
      topic: 'plant/<b>1',
      qos: 1,
      packetId: 7,
      payloadBytes: 5,
      node: stage.nodes[0].node,
    },
    ...{ device: id },
  });
  expect(of('PUBLISH')).not.toHaveProperty('payload');
  expect(of('PUBACK')).toMatchObject({ direction: 'out', packetId: 7, reasonCode: 0 });
  expect(of('PUBACK').durationMs).toBeGreaterThan(0);
  expect(of('SUBSCRIBE')).toMatchObject({
    packetId: 3,
    detail: 'plant/# (QoS 1)',
    node: stage.nodes[1].node,
  });
  expect(of('SUBACK')).toMatchObject({ packetId: 3, detail: '0x01' });
  // Each node tells what it saw ten times a second, and the other one may be the first to.
  const ends = (await seen(trace, 'none disconnected', 'none disconnected')).filter(
    ({ type }) => type === 'disconnected',
  );
  expect(ends.map(({ detail }) => detail)).toEqual(['superseded', 'normal']);
});

test('payloads are there for a trace with payloads, up to a kilobyte, and for those who may read them', async () => {
  const id = freshId();
  const refused = await stage.admin.call<{ code: string }>(
    'POST',
    '/traces',
    { device: id, payload: true },
    { ...blind },
  );
  expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  const trace = await traced({ device: id, payload: true });
  const bytes = Buffer.alloc(3000, 'é');
  const client = await device(id);
  client.send(publishPacket('t', bytes, 1, 1));
  await client.take('puback');
  const isPublish = ({ type }: TraceEvent): boolean => type === 'PUBLISH';
  const mine = (await seen(trace, 'in PUBLISH', 'out PUBACK')).find(isPublish);
  expect(mine).toMatchObject({ payloadBytes: 3000, payload: bytes.subarray(0, 1024).toString('base64') });
  const theirs = (await eventsOf(trace, { ...blind })).find(isPublish);
  expect(theirs).toMatchObject({ payloadBytes: 3000 });
  expect(theirs).not.toHaveProperty('payload');
  const exported = await stage.admin.call<string>('GET', `/traces/${trace.id}/export`, undefined, {
    ...blind,
  });
  const lines = exported.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TraceEvent);
  expect(lines.map(({ id: entry }) => entry)).toEqual((await eventsOf(trace)).map(({ id: entry }) => entry));
  expect(exported.body).not.toContain('"payload":');
});

test('the live feed shows a trace as it happens', async () => {
  const id = freshId();
  const trace = await traced({ device: id, payload: true });
  const [mine, theirs] = await Promise.all([
    stage.admin.watch([{ ch: 'trace', id: trace.id }]),
    stage.admin.watch([{ ch: 'trace', id: trace.id }], blind),
  ]);
  onTestFinished(() => [mine, theirs].forEach((feed) => feed.close()));
  const client = await device(id);
  client.send(publishPacket('t', 'hello', 1, 1));
  const publishOf = (feed: typeof mine): Promise<TraceEvent> =>
    until('the PUBLISH', () =>
      feed.all<TraceEvent>('trace', 'events').find(({ type }) => type === 'PUBLISH'),
    );
  expect((await publishOf(mine)).payload).toBe(Buffer.from('hello').toString('base64'));
  expect(await publishOf(theirs)).not.toHaveProperty('payload');
  const first = mine.messages.find(({ ch }) => ch === 'trace');
  expect(first).toMatchObject({ type: 'snapshot', trace: { id: trace.id, state: 'running' } });
});

test('a viewer knows who is looked at, and nothing of what was seen', async () => {
  const trace = await traced({ device: freshId() });
  const vera: SignedInHeaders = await stage.admin.operator('vera', 'viewer');
  const status = async (path: string): Promise<number> =>
    (await stage.admin.call('GET', path, undefined, { ...vera })).status;
  expect(await status('/traces')).toBe(200);
  expect(await status(`/traces/${trace.id}/events`)).toBe(403);
  expect(await status(`/traces/${trace.id}/export`)).toBe(403);
  const feed = await stage.admin.watch([{ ch: 'trace', id: trace.id }], vera);
  onTestFinished(() => feed.close());
  const snapshot = await until('a snapshot', () => feed.messages.find(({ ch }) => ch === 'trace'));
  expect(snapshot).toMatchObject({ trace: null, events: [] });
});

test('a device that says too much is counted, not followed', async () => {
  const id = freshId();
  const trace = await traced({ device: id });
  const client = await device(id);
  for (let i = 0; i < 1500; i++) client.send(publishPacket('t', 'x'));
  client.send({ cmd: 'pingreq' });
  await client.take('pingresp');
  const { body } = await until('what was left out', async () => {
    const answer = await stage.admin.call<Trace>('GET', `/traces/${trace.id}`);
    return answer.body.dropped > 0 && answer;
  });
  expect(body.events).toBeLessThan(1000);
  await seen(trace, 'none dropped');
});

test('a plain WebSocket device is seen alike, and one that is turned away too', async () => {
  const id = freshId();
  const trace = await traced({ device: id });
  const plain = await PlainDevice.hello(stage.nodes[0].wsUrl('/ws'), id);
  onTestFinished(() => plain.socket.terminate());
  plain.send({ type: 'publish', id: 5, topic: 'a/b', payload: 'x' });
  const events = await seen(trace, 'none connected', 'out WELCOME', 'in PUBLISH', 'out ACK');
  expect(events.find(({ type }) => type === 'PUBLISH')).toMatchObject({ topic: 'a/b', qos: 1, packetId: 5 });
  await stage.redis.client.hset(keys.bans, `id:${id}`, JSON.stringify({ until: Date.now() + 60_000 }));
  onTestFinished(async () => {
    await stage.redis.client.del(keys.bans);
  });
  await stage.redis.client.xadd(
    keys.nodeControl(stage.nodes[0].node),
    '*',
    'type',
    'bans-changed',
    'op',
    'op-x',
  );
  await seen(trace, 'none disconnected');
  const again = await RawMqtt.tcp(stage.nodes[0].port('mqtt'));
  onTestFinished(() => again.drop());
  again.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: id,
    clean: true,
    keepalive: 9,
  });
  const refused = (await seen(trace, 'none refused')).find(({ type }) => type === 'refused');
  expect(refused?.detail).toMatch(/^banned, from 127\.0\.0\.1:/);
});

test('whoever connects from an address can be looked at', async () => {
  const trace = await traced({ target: 'prefix:127.0.0.0/8' });
  const ids = [freshId(), freshId()];
  await device(ids[0]!, stage.nodes[0]);
  await device(ids[1]!, stage.nodes[1]);
  const events = await until('both', async () => {
    const all = await eventsOf(trace);
    return ids.every((id) => all.some((event) => event.device === id && event.type === 'CONNACK')) && all;
  });
  expect(new Set(events.map(({ node }) => node))).toEqual(new Set(stage.nodes.map(({ node }) => node)));
});

test('a trace ends when it is stopped, and by itself; what it saw stays', async () => {
  const id = freshId();
  const client = await device(id);
  const trace = await traced({ device: id, ttlSeconds: 600 });
  client.send(publishPacket('t', 'x', 1, 1));
  await seen(trace, 'in PUBLISH', 'out PUBACK');
  const { body } = await stage.admin.call<Started>('POST', `/traces/${trace.id}/stop`);
  expect(body.trace.state).toBe('stopped');
  await stage.admin.ended(body.operation.id);
  const before = await eventsOf(trace);
  // One that ends by itself: its end is moved to where it is about to come.
  const short = await traced({ device: id });
  const entry = JSON.parse((await stage.redis.client.hget(keys.traces, short.id))!) as object;
  await stage.redis.client.hset(keys.traces, short.id, JSON.stringify({ ...entry, until: Date.now() - 1 }));
  await until('it to be over', async () => {
    const { body: now } = await stage.admin.call<Trace>('GET', `/traces/${short.id}`);
    return now.state === 'expired';
  });
  client.send(publishPacket('t', 'x', 1, 2));
  await client.take('puback');
  expect(await eventsOf(trace)).toEqual(before);
});

test('so many run at a time and no more', async () => {
  for (let i = 0; i < 10; i++) await traced({ device: freshId() });
  const { status, body } = await stage.admin.call<{ code: string }>('POST', '/traces', {
    device: 'one more',
  });
  expect([status, body.code]).toEqual([409, 'too-many-traces']);
});

test('Redis that is away is no hindrance to a traced device, and nothing piles up', async () => {
  const id = freshId();
  const trace = await traced({ device: id });
  const client = await device(id);
  stage.redis.pause();
  try {
    for (let i = 0; i < 5; i++) {
      client.send({ cmd: 'pingreq' });
      await client.take('pingresp');
    }
  } finally {
    stage.redis.resume();
  }
  await seen(trace, 'in PINGREQ', 'out PINGRESP');
});

test.each([
  [{}],
  [{ device: '' }],
  [{ device: 'x', target: 'ip:10.0.0.1' }],
  [{ target: 'host:x' }],
  [{ device: 'x', ttlSeconds: 1 }],
  [{ device: 'x', ttlSeconds: 90_000 }],
])('%j is refused', async (body) => {
  expect((await stage.admin.call('POST', '/traces', body)).status).toBe(400);
});
