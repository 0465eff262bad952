import { describe, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { connected } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { freshId, useStage, type Stage } from '../support/stage.ts';
import { eventsOf, untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const maxOutboxBytes = 65_536;
const payload = Buffer.alloc(20_000, 'x');
const dropped = (stage: Stage): Promise<number> =>
  stage.gateway.metric('tributary_messages_undelivered_total', { reason: 'outbox-full' });

/** Publishes at QoS 0, a few messages at a time, until `isOver` or far more was sent than any buffer holds. */
async function flood(publisher: Client, topic: string, isOver: () => Promise<boolean>): Promise<void> {
  for (let sent = 0; sent < 200_000_000 && !(await isOver()); sent += 20 * payload.length) {
    for (let n = 0; n < 20; n++) publisher.send(publishPacket(topic, payload, 0));
    await publisher.nothingMore();
  }
}

const isClosed = async (stage: Stage, clientId: string): Promise<boolean> =>
  (await eventsOf(stage.redis.client, clientId)).some(({ type }) => type === 'disconnected');

describe('a device that takes nothing for too long of what it subscribed to at QoS 0', () => {
  const stage = useStage({ config: { limits: { maxOutboxBytes, slowConsumerMs: 500 } } });

  /** Floods `topic` until the deaf device is closed, while others on the node are served. */
  async function floodUntilClosed(clientId: string, topic: string): Promise<void> {
    const publisher = await connected(stage.gateway);
    const reading = await connected(stage.gateway);
    await reading.subscribe(topic, 0);
    const other = await connected(stage.gateway);
    await other.subscribe(`${topic}/other`, 1);
    const before = await dropped(stage);
    let rounds = 0;
    await flood(publisher, topic, async () => {
      await other.publish(`${topic}/other`, String(++rounds), 1);
      expect(await other.receivePayloads(1)).toEqual([String(rounds)]);
      expect(await stage.gateway.metric('tributary_outbox_bytes')).toBeLessThan(20 * maxOutboxBytes);
      return isClosed(stage, clientId);
    });
    const events = await untilEvents(stage.redis.client, clientId, 2);
    expect(events.at(-1)?.fields).toMatchObject({
      ...{ type: 'disconnected', reason: 'slow-consumer', by: 'gateway' },
    });
    expect(await dropped(stage)).toBeGreaterThan(before);
    expect(
      await stage.gateway.metric('tributary_disconnects_total', { reason: 'slow-consumer' }),
    ).toBeGreaterThan(0);
    // Who reads is still there, and gets what comes now.
    await publisher.publish(topic, 'the end', 0);
    await reading.take('publish', (message) => String(message.payload) === 'the end', 15_000);
  }

  test.each(['tcp', 'ws'] as const)(
    'is closed, and nobody waits for it (MQTT over %s)',
    async (transport) => {
      const clientId = freshId('deaf');
      const topic = `flood/${clientId}`;
      const device = await connected(stage.gateway, { clientId, transport });
      await device.subscribe(topic, 0);
      device.stopReading();
      await floodUntilClosed(clientId, topic);
    },
  );

  test('is closed, and nobody waits for it (plain WebSocket)', async () => {
    const clientId = freshId('deaf');
    const topic = `flood/${clientId}`;
    const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), clientId);
    device.send({ type: 'subscribe', id: 1, topics: [{ filter: topic, qos: 0 }] });
    await device.take('subscribed');
    device.socket.pause();
    await floodUntilClosed(clientId, topic);
    device.socket.terminate();
  });
});

describe('a device that pauses', () => {
  const stage = useStage({ config: { limits: { maxOutboxBytes, slowConsumerMs: 60_000 } } });

  test('misses messages at QoS 0, which are counted, and goes on with what comes when it reads again', async () => {
    const clientId = freshId('pausing');
    const topic = `flood/${clientId}`;
    const device = await connected(stage.gateway, { clientId });
    await device.subscribe(topic, 0);
    device.stopReading();
    const publisher = await connected(stage.gateway);
    await flood(publisher, topic, async () => (await dropped(stage)) > 100);
    expect(await dropped(stage)).toBeGreaterThan(100);
    expect(await isClosed(stage, clientId)).toBe(false);
    device.readAgain();
    await until('it to get what comes now', async () => {
      await publisher.publish(topic, 'now', 0);
      return device.history.some(
        ({ packet }) => packet.cmd === 'publish' && String(packet.payload) === 'now',
      );
    });
  });

  test('has its PINGREQ and its own messages answered behind what it did not read', async () => {
    const clientId = freshId('pausing');
    const topic = `flood/${clientId}`;
    const device = await connected(stage.gateway, { clientId });
    await device.subscribe(topic, 0);
    device.stopReading();
    const publisher = await connected(stage.gateway);
    const before = await dropped(stage);
    await flood(publisher, topic, async () => (await dropped(stage)) > before + 100);
    device.send({ cmd: 'pingreq' }, publishPacket('up', 'x', 1, 1));
    device.readAgain();
    await device.take('pingresp', () => true, 15_000);
    await device.take('puback', () => true, 15_000);
  });
});
