import { adviceOf } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { faultsOfHistory } from '../support/history.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { eventsOf, keys, ownerOf, untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const transientRecordSeconds = 1234;
const stage = useStage({ config: { presence: { recordIntervalMs: 1000, transientRecordSeconds } } });

const open = (version: 4 | 5 = 5): Promise<RawMqtt> => RawMqtt.tcp(stage.gateway.port('mqtt'), version);
const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };

/** What a crash of Redis or a failover to a replica that is behind may do to the newest claims. */
const loseClaim = (id: string): Promise<number> =>
  stage.redis.client.hdel(keys.online(keys.partitionOf(id)), id);

/** The device was reported once, for one of these reasons, and its record is closed and will go. */
async function isReported(id: string, reasons: readonly string[]): Promise<void> {
  const events = await untilEvents(stage.redis.client, id, 2);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
  expect(events[1]).toMatchObject({ epoch: events[0]?.epoch });
  expect(reasons).toContain(events[1]?.fields['reason']);
  for (const reason of reasons) expect(adviceOf(reason as 'node-lost').retry).not.toBe('never');
  const record = keys.device(keys.partitionOf(id), id);
  expect(await stage.redis.client.hget(record, 'state')).toBe('offline');
  const ttl = await stage.redis.client.ttl(record);
  expect(ttl).toBeGreaterThan(transientRecordSeconds - 60);
  expect(ttl).toBeLessThanOrEqual(transientRecordSeconds);
}

test('P4: devices whose claims Redis lost are told to come again at once, and reported as gone until they do', async () => {
  const ids = Array.from({ length: 3 }, () => freshId('forgotten'));
  const [v5Id = '', v4Id = '', plainId = ''] = ids;
  const v5 = await open();
  await v5.connect(v5Id);
  const v4 = await open(4);
  await v4.connect(v4Id);
  const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), plainId);
  for (const id of ids) expect(await loseClaim(id)).toBe(1);

  expect((await v5.end()).disconnect?.reasonCode).toBe(adviceOf('node-lost').mqtt);
  await v4.end();
  expect(await plain.end()).toBe(adviceOf('node-lost').ws);
  expect(plain.frames.at(-1)).toEqual({ type: 'bye', reason: 'node-lost', retry: 'now' });
  for (const id of ids) await isReported(id, ['node-lost']);

  const back = await open();
  expect((await back.connect(v5Id)).reasonCode).toBe(0);
  expect(await ownerOf(stage.redis.client, v5Id)).toMatchObject({ node: stage.gateway.node });
  await back.leave();
  expect(faultsOfHistory(await untilEvents(stage.redis.client, v5Id, 4))).toEqual([]);
});

test.each<[string, (device: RawMqtt) => void]>([
  [
    'SUBSCRIBE',
    (device) =>
      device.send({
        cmd: 'subscribe',
        messageId: 9,
        subscriptions: [{ topic: 'b', qos: 1, nl: false, rap: false, rh: 0 }],
      }),
  ],
  ['UNSUBSCRIBE', (device) => device.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['a'] })],
  ['PUBLISH at QoS 2', (device) => device.send(publishPacket('t', 'y', 2, 9))],
  ['PUBREL', (device) => device.send({ cmd: 'pubrel', messageId: 1, reasonCode: 0 })],
])('P4: %s under a claim that Redis lost ends the connection as one that may return', async (_, say) => {
  const id = freshId('forgotten');
  const device = await open();
  await device.connect(id, keep);
  device.send(publishPacket('t', 'x', 2, 1), {
    cmd: 'subscribe',
    messageId: 2,
    subscriptions: [{ topic: 'a', qos: 1, nl: false, rap: false, rh: 0 }],
  });
  await device.take('pubrec');
  await device.take('suback');
  await loseClaim(id);
  say(device);
  const codes = [adviceOf('node-lost').mqtt, adviceOf('store-failed').mqtt];
  expect(codes).toContain((await device.end()).disconnect?.reasonCode);
  await isReported(id, ['node-lost', 'store-failed']);
});

test('P4: a claim lost and made by another connection meanwhile is the other one, and nobody is reported', async () => {
  const id = freshId('forgotten');
  const older = await open();
  await older.connect(id);
  const told = (messages: number): Promise<true> =>
    until(`the node to have told ${messages} messages of its device`, async () => {
      const seen = await stage.redis.client.hget(keys.device(keys.partitionOf(id), id), 'epochMessages');
      return seen === String(messages);
    });
  older.send(publishPacket('t', 'x', 1, 1));
  // It has just looked at its claims: that the next one is lost it finds in a second, when another is made.
  await told(1);
  await loseClaim(id);
  const newer = await open();
  await newer.connect(id);
  await older.end();
  newer.send(publishPacket('t', 'x', 1, 1), publishPacket('t', 'y', 1, 2));
  await newer.take('puback', ({ messageId }) => messageId === 2);
  await told(2);
  const events = await eventsOf(stage.redis.client, id);
  expect(events.at(-1)).toMatchObject({ epoch: (await ownerOf(stage.redis.client, id))?.epoch });
  expect(events.map(({ type }) => type)).not.toContain('disconnected');
  expect(newer.closing).toBeUndefined();
  await newer.leave();
});
