import { describe, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { untilTime } from '../conformance/support/clock.ts';
import { connected } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { freshId, useStage, type Stage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const quotaExceeded = 0x97;

/** Retains at QoS 1 and answers the reason code. */
async function retain(publisher: Client, topic: string, payload: string): Promise<number> {
  const messageId = publisher.nextPacketId();
  publisher.send(publishPacket(topic, payload, 1, messageId, { retain: true }));
  return (await publisher.expect('puback')).reasonCode ?? 0;
}

/**
 * What a new subscriber is sent, as `topic payload`. A message published meanwhile may overtake what is read from Redis, so the
 * end is several of them, each published when the one before has come.
 */
async function retainedOf(stage: Stage, filter: string): Promise<string[]> {
  const device = await connected(stage.gateway);
  const marker = `${freshId('marker')}/x`;
  await device.subscribe([filter, marker], 1);
  const found: string[] = [];
  for (let markers = 0; markers < 4; markers++) {
    await device.publish(marker, '', 1);
    for (;;) {
      const { topic, payload } = await device.receive();
      if (topic === marker) break;
      found.push(`${topic} ${String(payload)}`);
    }
  }
  return found.toSorted();
}

describe('the number of retained messages', () => {
  const stage = useStage({ config: { retained: { maxMessages: 3 } } });

  test('is limited: one more topic is refused, the others can be replaced and cleared', async () => {
    const publisher = await connected(stage.gateway);
    for (const topic of ['s/1', 's/2', 's/3']) expect(await retain(publisher, topic, 'one')).toBe(0);
    expect(await retain(publisher, 's/4', 'one')).toBe(quotaExceeded);
    expect(await retain(publisher, 's/2', 'two')).toBe(0);
    expect(await retain(publisher, 's/4', '')).toBe(0);
    expect(await retainedOf(stage, 's/#')).toEqual(['s/1 one', 's/2 two', 's/3 one']);
    expect(await retain(publisher, 's/1', '')).toBe(0);
    expect(await retain(publisher, 's/4', 'one')).toBe(0);
    expect(await retainedOf(stage, 's/#')).toEqual(['s/2 two', 's/3 one', 's/4 one']);
    expect(await stage.gateway.metric('tributary_retained_messages')).toBe(3);
  });

  test('holds at QoS 2 and at QoS 0 too, and a message that is not kept reaches who is here', async () => {
    const publisher = await connected(stage.gateway);
    const device = await connected(stage.gateway);
    await device.subscribe('s/new', 1);
    publisher.send(publishPacket('s/new', 'at QoS 2', 2, 9, { retain: true }));
    expect((await publisher.expect('pubrec')).reasonCode).toBe(quotaExceeded);
    await publisher.publish('s/new', 'at QoS 0', 0, { retain: true });
    expect(await device.receivePayloads(2)).toEqual(['at QoS 2', 'at QoS 0']);
    expect(await retainedOf(stage, 's/new')).toEqual([]);
  });

  test('holds for 3.1.1, which cannot be told', async () => {
    const publisher = await connected(stage.gateway, { version: 4 });
    expect(await retain(publisher, 's/other', 'x')).toBe(0);
    expect(await retainedOf(stage, 's/other')).toEqual([]);
  });

  test('holds for plain devices, which are told', async () => {
    const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId('plain'));
    device.send({ type: 'publish', id: 4, topic: 's/plain', payload: 'x', retain: true });
    expect(await device.take('error')).toMatchObject({ id: 4, code: 'quota-exceeded' });
    expect(await retainedOf(stage, 's/plain')).toEqual([]);
    await device.leave();
  });
});

describe('the size of a retained message', () => {
  const stage = useStage({ config: { retained: { maxPayloadBytes: 10 } } });

  test('is limited to the byte, and what was kept before stays', async () => {
    const publisher = await connected(stage.gateway);
    expect(await retain(publisher, 't', '0123456789')).toBe(0);
    expect(await retain(publisher, 't', '0123456789+')).toBe(quotaExceeded);
    expect(await retainedOf(stage, 't')).toEqual(['t 0123456789']);
  });

  test('is not that of a message that is not retained', async () => {
    const publisher = await connected(stage.gateway);
    const device = await connected(stage.gateway);
    await device.subscribe('long', 1);
    await publisher.publish('long', '0123456789+', 1);
    expect(await device.receivePayloads(1)).toEqual(['0123456789+']);
  });
});

describe('a retained message that expires', () => {
  const stage = useStage();
  const { entries } = Object;

  test('is gone for new subscribers, and from Redis [MQTT-3.3.2-5]', async () => {
    const publisher = await connected(stage.gateway);
    const before = await stage.gateway.metric('tributary_retained_messages');
    await publisher.publish('e/short', 'x', 1, { retain: true, properties: { messageExpiryInterval: 3 } });
    await publisher.publish('e/long', 'y', 1, { retain: true, properties: { messageExpiryInterval: 60 } });
    const from = Date.now();
    expect(await retainedOf(stage, 'e/#')).toEqual(['e/long y', 'e/short x']);
    await untilTime(from + 3000);
    expect(await retainedOf(stage, 'e/#')).toEqual(['e/long y']);
    const hash = keys.retained(keys.partitionOf('e/short'));
    await until('it to be gone', async () => (await stage.redis.client.hexists(hash, 'e/short')) === 0);
    await until(
      'it to be forgotten',
      async () => (await stage.gateway.metric('tributary_retained_messages')) === before + 1,
    );
  });

  test('lives on when it is replaced by one that lasts', async () => {
    const publisher = await connected(stage.gateway);
    await publisher.publish('r', 'x', 1, { retain: true, properties: { messageExpiryInterval: 1 } });
    await publisher.publish('r', 'y', 1, { retain: true });
    await untilTime(Date.now() + 1500);
    expect(await retainedOf(stage, 'r')).toEqual(['r y']);
  });

  test('says how long it has left [MQTT-3.3.2-6]', async () => {
    const publisher = await connected(stage.gateway);
    await publisher.publish('c', 'x', 1, { retain: true, properties: { messageExpiryInterval: 60 } });
    await untilTime(Date.now() + 1100);
    const device = await connected(stage.gateway);
    await device.subscribe('c', 1);
    const { properties = {} } = await device.receive();
    const left = entries(properties).find(([name]) => name === 'messageExpiryInterval')?.[1];
    expect(left).toBeGreaterThanOrEqual(55);
    expect(left).toBeLessThan(60);
  });
});
