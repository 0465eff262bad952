import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { untilAway } from '../conformance/support/sessions.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { codesOf, connected, staying } from '../support/mqtt-clients.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let gateway: Gateway;

beforeEach(async () => {
  redis = await startRedis();
  gateway = await startGateway({ redisUrl: redis.url });
});
afterEach(async () => {
  expect(await gateway.stop()).toBe(0);
  await redis.stop();
});

const ways: [how: string, end: () => Promise<unknown>][] = [
  ['stopped', () => gateway.stop()],
  ['killed', () => gateway.kill()],
];

/** The node comes back under its id. */
async function restart(end: () => Promise<unknown>): Promise<void> {
  await end();
  gateway = await startGateway({ redisUrl: redis.url });
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `m${n + 1}`);
const back = (clientId: string): Promise<Client> => connected(gateway, staying(clientId));

test.each(ways)('queues of devices that are away survive a node that is %s', async (_, end) => {
  const ids = Array.from({ length: 5 }, () => freshId('away'));
  for (const clientId of ids) {
    const device = await back(clientId);
    await device.subscribe('queue/+', 2);
    await device.leave();
    await untilAway({ redis }, clientId);
  }
  const publisher = await connected(gateway);
  const payloads = numbered(60);
  for (const [n, payload] of payloads.entries()) {
    expect(await codesOf(publisher, 'queue/a', [payload], n % 2 === 0 ? 1 : 2)).toEqual([0]);
  }
  await restart(end);
  for (const clientId of ids) {
    const device = await back(clientId);
    expect(device.connack.sessionPresent).toBe(true);
    const messages = [];
    for (let n = 0; n < payloads.length; n++) messages.push(await device.receive());
    expect(messages.map(({ payload }) => String(payload))).toEqual(payloads);
    expect(messages.some(({ dup }) => dup)).toBe(false);
    await device.nothingMore();
  }
});

test.each(ways)(
  'a device that was connected finds what it had not acknowledged when its node is %s',
  async (_, end) => {
    const clientId = freshId('here');
    const device = await back(clientId);
    await device.subscribe('queue/+', 2);
    const publisher = await connected(gateway);
    await codesOf(publisher, 'queue/a', ['m1', 'm2'], 1);
    await codesOf(publisher, 'queue/a', ['m3', 'm4'], 2);
    const sent = [];
    for (let n = 0; n < 4; n++) sent.push(await device.expect('publish'));
    const [first, , third] = sent;
    device.send({ cmd: 'puback', messageId: first?.messageId ?? 0 });
    device.send({ cmd: 'pubrec', messageId: third?.messageId ?? 0 });
    await device.expect('pubrel');
    await untilWritten(clientId, 2);
    await restart(end);

    const again = await back(clientId);
    // The exchange that came furthest is ended first; what was not acknowledged comes again under its packet id.
    expect((await again.expect('pubrel')).messageId).toBe(third?.messageId);
    again.send({ cmd: 'pubcomp', messageId: third?.messageId ?? 0 });
    for (const original of [sent[1], sent[3]]) {
      const { payload, messageId, dup, qos } = await again.expect('publish');
      expect([String(payload), messageId, dup, qos]).toEqual([
        String(original?.payload),
        original?.messageId,
        true,
        original?.qos,
      ]);
      await again.accept({ ...original!, messageId: messageId ?? 0 });
    }
    await again.nothingMore();
    await untilWritten(clientId, 0);
  },
);

/** Waits until Redis has that many messages queued for a device. */
async function untilWritten(clientId: string, length: number): Promise<void> {
  const queue = keys.queue(keys.partitionOf(clientId), clientId);
  await until(`${length} entries`, async () => (await redis.client.xlen(queue)) === length);
}

test.each(ways)('subscriptions of a device that stays away hold on a node that was %s', async (_, end) => {
  const clientId = freshId('subscribed');
  const device = await back(clientId);
  await device.subscribe(['kept/#', 'gone'], 1);
  await device.unsubscribe('gone');
  await device.leave();
  await untilAway({ redis }, clientId);
  await restart(end);
  const publisher = await connected(gateway);
  expect(await codesOf(publisher, 'kept/a', ['after the restart'], 1)).toEqual([0]);
  expect(await codesOf(publisher, 'gone', ['not wanted'], 1)).toEqual([0]);
  const again = await back(clientId);
  expect(await again.receivePayloads(1)).toEqual(['after the restart']);
  await again.nothingMore();
});

test.each(ways)('retained messages are known to a node that was %s', async (_, end) => {
  const publisher = await connected(gateway);
  await publisher.publish('state/a', 'on', 1, { retain: true });
  await publisher.publish('state/b', 'off', 1, { retain: true });
  await publisher.publish('state/b', '', 1, { retain: true });
  await restart(end);
  const device = await connected(gateway);
  await device.subscribe('state/#', 1);
  expect(await device.receivePayloads(1)).toEqual(['on']);
  await device.nothingMore();
});

test('QoS 2 is exactly once over a node that is killed between PUBREC and PUBREL of a publisher', async () => {
  const away = freshId('away');
  const subscriber = await back(away);
  await subscriber.subscribe('once', 2);
  await subscriber.leave();
  await untilAway({ redis }, away);
  const clientId = freshId('publisher');
  const publisher = await back(clientId);
  publisher.send(publishPacket('once', 'x', 2, 9));
  await publisher.expect('pubrec');
  await restart(() => gateway.kill());
  const again = await back(clientId);
  again.send(publishPacket('once', 'x', 2, 9, { dup: true }));
  await again.expect('pubrec');
  again.send({ cmd: 'pubrel', messageId: 9 });
  await again.expect('pubcomp');
  const device = await back(away);
  expect(await device.receivePayloads(1)).toEqual(['x']);
  await device.nothingMore();
});
