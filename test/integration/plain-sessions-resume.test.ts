import { describe, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { untilAway } from '../conformance/support/sessions.ts';
import { codesOf, connected, staying } from '../support/mqtt-clients.ts';
import { PlainDevice, type Frame } from '../support/plain.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage();

/** A plain device that takes up its session, or begins one that stays. */
const plain = (clientId: string, more: Record<string, unknown> = {}): Promise<PlainDevice> =>
  PlainDevice.hello(stage.gateway.wsUrl('/ws'), clientId, { cleanStart: false, expiry: 300, ...more });
const mqtt = (clientId: string): Promise<Client> => connected(stage.gateway, staying(clientId));

async function subscribe(device: PlainDevice, ...filters: string[]): Promise<void> {
  device.send({ type: 'subscribe', id: 1, topics: filters.map((filter) => ({ filter })) });
  await device.take('subscribed');
}

async function receive(device: PlainDevice): Promise<Frame> {
  const message = await device.take('message');
  device.send({ type: 'ack', id: message['id'] });
  return message;
}

async function nothingMore(device: PlainDevice): Promise<void> {
  const count = device.frames.filter(({ type }) => type === 'message').length;
  device.send({ type: 'ping' });
  await device.take('pong');
  expect(device.frames.filter(({ type }) => type === 'message')).toHaveLength(count);
}

/** The connection breaks without a word. */
async function cut(device: PlainDevice, clientId: string): Promise<void> {
  device.send({ type: 'ping' });
  await device.take('pong');
  device.socket.terminate();
  await untilAway(stage, clientId);
}

async function leave(device: PlainDevice | Client, clientId: string): Promise<void> {
  await device.leave();
  await untilAway(stage, clientId);
}

async function publish(topic: string, ...payloads: string[]): Promise<void> {
  await codesOf(await connected(stage.gateway), topic, payloads, 1);
}

const queueLength = (clientId: string): Promise<number> =>
  stage.redis.client.xlen(keys.queue(keys.partitionOf(clientId), clientId));

describe('a plain device with a session that stays', () => {
  test('finds its subscriptions and what came meanwhile, in order', async () => {
    const id = freshId('plain');
    const device = await plain(id);
    await subscribe(device, `of/${id}/#`);
    await leave(device, id);
    await publish(`of/${id}/a`, 'one', 'two', 'three');
    const again = await plain(id);
    expect(again.welcome?.['sessionPresent']).toBe(true);
    const messages = [await receive(again), await receive(again), await receive(again)];
    expect(messages.map(({ payload }) => payload)).toEqual(['one', 'two', 'three']);
    expect(messages.every(({ dup }) => dup === undefined)).toBe(true);
    await publish(`of/${id}/b`, 'four');
    expect((await receive(again))['payload']).toBe('four');
    await until('an empty queue', async () => (await queueLength(id)) === 0);
    await again.leave();
  });

  test('gets what it did not acknowledge again, with dup and the same id', async () => {
    const id = freshId('plain');
    const device = await plain(id);
    await subscribe(device, `of/${id}`);
    await publish(`of/${id}`, 'one', 'two', 'three');
    const [one, two, three] = [
      await device.take('message'),
      await device.take('message'),
      await device.take('message'),
    ];
    device.send({ type: 'ack', id: two['id'] });
    await cut(device, id);
    await publish(`of/${id}`, 'four');
    const again = await plain(id);
    expect([await receive(again), await receive(again), await receive(again)]).toEqual([
      { ...one, dup: true },
      { ...three, dup: true },
      { type: 'message', id: expect.any(Number) as number, topic: `of/${id}`, payload: 'four' },
    ]);
    await nothingMore(again);
    await again.leave();
  });

  test('gets what came at QoS 0 while it was away not at all', async () => {
    const id = freshId('plain');
    const device = await plain(id);
    await subscribe(device, `of/${id}`);
    await leave(device, id);
    await (await connected(stage.gateway)).publish(`of/${id}`, 'missed', 0);
    const again = await plain(id);
    await nothingMore(again);
    await again.leave();
  });

  test('an ack right before bye counts', async () => {
    const id = freshId('plain');
    for (let round = 0; round < 5; round++) {
      const device = await plain(id);
      if (round === 0) await subscribe(device, `of/${id}`);
      await publish(`of/${id}`, `m${round}`);
      expect((await receive(device))['payload']).toBe(`m${round}`);
      await device.leave();
    }
    const again = await plain(id);
    await nothingMore(again);
    await again.leave();
  });

  test('that begins anew with cleanStart finds nothing', async () => {
    const id = freshId('plain');
    const device = await plain(id);
    await subscribe(device, `of/${id}`);
    await leave(device, id);
    await publish(`of/${id}`, 'forgotten');
    const again = await plain(id, { cleanStart: true });
    expect(again.welcome?.['sessionPresent']).toBe(false);
    await publish(`of/${id}`, 'not wanted');
    await nothingMore(again);
    await again.leave();
  });

  test('taken over by a newer connection goes on there', async () => {
    const id = freshId('plain');
    const first = await plain(id);
    await subscribe(first, `of/${id}`);
    await publish(`of/${id}`, 'one');
    const { id: messageId } = await first.take('message');
    const second = await plain(id);
    expect(await first.end()).toBe(4409);
    expect(await receive(second)).toMatchObject({ id: messageId, payload: 'one', dup: true });
    await publish(`of/${id}`, 'two');
    expect(await receive(second)).toMatchObject({ payload: 'two' });
    await second.leave();
  });
});

describe('a session that moves between MQTT and plain WebSocket', () => {
  test('from MQTT to plain: subscriptions, what waits, and what was not acknowledged go along', async () => {
    const id = freshId('mover');
    const device = await mqtt(id);
    await device.subscribe(`of/${id}`, 2);
    await publish(`of/${id}`, 'unacknowledged');
    await device.expect('publish');
    await leave(device, id);
    await publish(`of/${id}`, 'queued');
    const there = await plain(id);
    expect(there.welcome?.['sessionPresent']).toBe(true);
    expect(await receive(there)).toMatchObject({ payload: 'unacknowledged', dup: true });
    expect(await receive(there)).toMatchObject({ payload: 'queued' });
    await nothingMore(there);
    await leave(there, id);
    await until('an empty queue', async () => (await queueLength(id)) === 0);
  });

  test('from plain to MQTT: the packet ids are those the plain device had', async () => {
    const id = freshId('mover');
    const device = await plain(id);
    await subscribe(device, `of/${id}`);
    await publish(`of/${id}`, 'one', 'two');
    const [one, two] = [await device.take('message'), await device.take('message')];
    device.send({ type: 'ack', id: one['id'] });
    await cut(device, id);
    const there = await mqtt(id);
    expect(there.connack.sessionPresent).toBe(true);
    const { payload, messageId, dup, qos } = await there.receive();
    expect([String(payload), messageId, dup, qos]).toEqual(['two', two['id'], true, 1]);
    await there.nothingMore();
    expect((await there.unsubscribe(`of/${id}`)).granted).toEqual([0]);
  });

  test('with a QoS 2 message the MQTT connection had answered with PUBREC: it is over, and not sent again', async () => {
    const id = freshId('mover');
    const device = await mqtt(id);
    await device.subscribe(`of/${id}`, 2);
    const publisher = await connected(stage.gateway);
    await publisher.publish(`of/${id}`, 'received', 2);
    await publisher.publish(`of/${id}`, 'not received', 2);
    const received = await device.expect('publish');
    await device.expect('publish');
    device.send({ cmd: 'pubrec', messageId: received.messageId ?? 0 });
    await device.take('pubrel');
    await leave(device, id);
    const there = await plain(id);
    expect(await receive(there)).toMatchObject({ payload: 'not received', dup: true });
    await nothingMore(there);
    await leave(there, id);
    const back = await mqtt(id);
    await back.nothingMore();
    const session = await stage.redis.client.hkeys(keys.session(keys.partitionOf(id), id));
    expect(session.filter((field) => field.startsWith('tx:'))).toEqual([]);
    await publisher.publish(`of/${id}`, 'later', 2);
    expect(await back.receivePayloads(1)).toEqual(['later']);
  });

  test('with a QoS 2 message the device had published: it stays exactly one', async () => {
    const id = freshId('mover');
    const device = await mqtt(id);
    device.send(publishPacket('up', 'once', 2, 3));
    await device.expect('pubrec');
    await leave(device, id);
    const there = await plain(id);
    there.send({ type: 'publish', id: 3, topic: 'up', payload: 'another' });
    await there.take('ack');
    await leave(there, id);
    const back = await mqtt(id);
    back.send(publishPacket('up', 'once', 2, 3, { dup: true }));
    await back.expect('pubrec');
    back.send({ cmd: 'pubrel', messageId: 3 });
    await back.expect('pubcomp');
  });

  test('back and forth many times loses nothing and doubles nothing that was acknowledged', async () => {
    const id = freshId('mover');
    const first = await mqtt(id);
    await first.subscribe(`of/${id}`, 1);
    await leave(first, id);
    const seen: string[] = [];
    for (let round = 0; round < 6; round++) {
      await publish(`of/${id}`, `${round}a`, `${round}b`);
      if (round % 2 === 0) {
        const device = await plain(id);
        for (let n = 0; n < 2; n++) seen.push(String((await receive(device))['payload']));
        await leave(device, id);
      } else {
        const device = await mqtt(id);
        seen.push(...(await device.receivePayloads(2)));
        await leave(device, id);
      }
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].flatMap((round) => [`${round}a`, `${round}b`]));
  });
});
