import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { cutOff, goAway, untilAway } from '../conformance/support/sessions.ts';
import { connected, staying } from '../support/mqtt-clients.ts';
import { freshId, useStage } from '../support/stage.ts';
import { eventsOf, keys, uplinkOf, type UplinkEntry } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage();

type Will = NonNullable<IConnectPacket['will']>;
const willOf = (topic: string, more: Partial<Will> = {}): { will: Will } => ({
  will: { topic, payload: Buffer.from('last words'), qos: 1, retain: false, ...more },
});

const fired = async (clientId: string): Promise<UplinkEntry[]> =>
  (await uplinkOf(stage.redis.client, clientId)).filter(({ fields }) => fields['will'] === '1');
const untilFired = (clientId: string): Promise<UplinkEntry[]> =>
  until(`the will of ${clientId}`, async () => {
    const wills = await fired(clientId);
    return wills.length > 0 ? wills : undefined;
  });

test('a will stands in the stream like a message, with all that came with it, and as an event', async () => {
  const clientId = freshId('mortal');
  const properties = {
    ...{ payloadFormatIndicator: true, messageExpiryInterval: 60, contentType: 'text/plain' },
    ...{ responseTopic: 're', correlationData: Buffer.from([0, 1]), userProperties: { k: ['1', '2'] } },
  };
  const device = await connected(stage.gateway, {
    ...staying(clientId),
    ...willOf('w/ä', { qos: 2, retain: true, properties }),
  });
  await device.publish('t', 'a message', 1);
  await cutOff(stage, device);
  const [message, will, ...more] = await uplinkOf(stage.redis.client, clientId);
  expect(more).toEqual([]);
  expect(message?.seq).toBe(1);
  expect(will).toMatchObject({ topic: 'w/ä', qos: 2, seq: 0, epoch: message?.epoch });
  expect(will?.payload.toString()).toBe('last words');
  expect(will?.fields).toMatchObject({ will: '1', retain: '1', ctype: 'text/plain' });
  expect(JSON.parse(will?.fields['props'] ?? '')).toEqual({
    ...{ payloadFormat: 1, messageExpiry: 60, responseTopic: 're', correlationData: 'AAE=' },
    user: [
      ['k', '1'],
      ['k', '2'],
    ],
  });
  const event = (await eventsOf(stage.redis.client, clientId)).find(({ type }) => type === 'will');
  expect(event).toMatchObject({ epoch: message?.epoch });
  expect(event?.fields).toMatchObject({ topic: 'w/ä', qos: '2', entry: will?.id });
});

test('a will of binary payload keeps each byte', async () => {
  const payload = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  const subscriber = await connected(stage.gateway);
  const topic = freshId('w');
  await subscriber.subscribe(topic, 1);
  const device = await connected(stage.gateway, willOf(topic, { payload }));
  device.drop();
  expect((await subscriber.receive()).payload).toEqual(payload);
  expect((await untilFired(device.clientId))[0]?.payload).toEqual(payload);
});

test('wills are counted', async () => {
  const before = await stage.gateway.metric('tributary_wills_total');
  const device = await connected(stage.gateway, willOf(freshId('w')));
  await cutOff(stage, device);
  await until(
    'it to be counted',
    async () => (await stage.gateway.metric('tributary_wills_total')) === before + 1,
  );
});

test('a will is kept in Redis while its device is connected, and not longer than it may be fired', async () => {
  const clientId = freshId('mortal');
  const session = keys.session(keys.partitionOf(clientId), clientId);
  const device = await connected(stage.gateway, { ...staying(clientId), ...willOf('w') });
  expect(await stage.redis.client.hexists(session, 'will')).toBe(1);
  await goAway(stage, device);
  expect(await stage.redis.client.hexists(session, 'will')).toBe(0);
  expect(await fired(clientId)).toEqual([]);
});

describe('a delayed will', () => {
  const delayed = (clientId: string, delay: number, expiry = 300): Parameters<typeof connected>[1] => ({
    ...staying(clientId, expiry),
    ...willOf(`w/${clientId}`, { properties: { willDelayInterval: delay } }),
  });

  test('is fired once, though its device comes back without one right after', async () => {
    const clientId = freshId('late');
    const subscriber = await connected(stage.gateway);
    await subscriber.subscribe(`w/${clientId}`, 1);
    const device = await connected(stage.gateway, delayed(clientId, 1));
    await cutOff(stage, device);
    await untilFired(clientId);
    const again = await connected(stage.gateway, staying(clientId));
    expect(await subscriber.receivePayloads(1)).toEqual(['last words']);
    await cutOff(stage, again);
    await subscriber.nothingMore();
    expect(await fired(clientId)).toHaveLength(1);
  });

  test('is fired at once when its device comes back with Clean Start: that ends the session', async () => {
    const clientId = freshId('clean');
    const subscriber = await connected(stage.gateway);
    await subscriber.subscribe(`w/${clientId}`, 1);
    const device = await connected(stage.gateway, delayed(clientId, 200));
    await cutOff(stage, device);
    await connected(stage.gateway, { clientId });
    expect(await subscriber.receivePayloads(1)).toEqual(['last words']);
    expect(await fired(clientId)).toHaveLength(1);
  });

  test('is fired at the end of a session that is shorter, once', async () => {
    const clientId = freshId('short');
    const device = await connected(stage.gateway, delayed(clientId, 200, 3));
    await cutOff(stage, device);
    expect(await fired(clientId)).toEqual([]);
    await untilFired(clientId);
    await until('the session to be gone', async () => {
      const session = keys.session(keys.partitionOf(clientId), clientId);
      return (await stage.redis.client.exists(session)) === 0;
    });
    expect(await fired(clientId)).toHaveLength(1);
  });

  test('is dropped when its device comes back in time, and the will of that connection counts', async () => {
    const clientId = freshId('back');
    const subscriber = await connected(stage.gateway);
    await subscriber.subscribe(`w/${clientId}`, 1);
    const device = await connected(stage.gateway, delayed(clientId, 60));
    await cutOff(stage, device);
    const again = await connected(stage.gateway, {
      ...staying(clientId),
      ...willOf(`w/${clientId}`, { payload: Buffer.from('second will') }),
    });
    await cutOff(stage, again);
    expect(await subscriber.receivePayloads(1)).toEqual(['second will']);
    await subscriber.nothingMore();
    expect(
      await stage.redis.client.zscore(keys.timers(keys.partitionOf(clientId)), `will:${clientId}`),
    ).toBeNull();
  });

  test('that DISCONNECT 0x04 leaves comes after its delay, too', async () => {
    const clientId = freshId('asked');
    const device = await connected(stage.gateway, delayed(clientId, 3));
    await device.leave({ reasonCode: 0x04 });
    await untilAway(stage, clientId);
    expect(await fired(clientId)).toEqual([]);
    expect(await untilFired(clientId)).toHaveLength(1);
  });

  test('goes at once when DISCONNECT 0x04 ends the session', async () => {
    const clientId = freshId('asked');
    const device = await connected(stage.gateway, delayed(clientId, 60));
    await device.leave({ reasonCode: 0x04, properties: { sessionExpiryInterval: 0 } });
    await untilAway(stage, clientId);
    expect(await untilFired(clientId)).toHaveLength(1);
  });
});

test('a takeover fires the will of the older connection once', async () => {
  const clientId = freshId('taken');
  const subscriber = await connected(stage.gateway);
  await subscriber.subscribe('taken/will', 2);
  for (let round = 0; round < 3; round++) {
    const payload = Buffer.from(`will ${round}`);
    await connected(stage.gateway, { clientId, ...willOf('taken/will', { payload, qos: 2 }) });
  }
  expect(await subscriber.receivePayloads(2)).toEqual(['will 0', 'will 1']);
  await subscriber.nothingMore();
  expect(await fired(clientId)).toHaveLength(2);
});

test('a will to a topic its own session subscribes to waits for its return', async () => {
  const clientId = freshId('self');
  const device = await connected(stage.gateway, { ...staying(clientId), ...willOf(`w/${clientId}`) });
  await device.subscribe(`w/${clientId}`, 1);
  await cutOff(stage, device);
  const again = await connected(stage.gateway, staying(clientId));
  expect(await again.receivePayloads(1)).toEqual(['last words']);
});
