import { beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../conformance/support/client.ts';
import { connected, publishAll, type ConnectOptions } from '../support/mqtt-clients.ts';
import { freshId, useStage } from '../support/stage.ts';
import { eventsOf } from '../support/streams.ts';

const maxOutboxBytes = 65_536;
const stage = useStage({
  config: {
    limits: { maxOutboxBytes, slowConsumerMs: 500 },
    queues: { maxBytes: 64 * 1024 * 1024, maxMessages: 2000 },
  },
});

const sessions: [kind: string, more: ConnectOptions][] = [
  ['ordinary', {}],
  ['persistent', { clean: false, properties: { sessionExpiryInterval: 300 } }],
];

/** More than the kernel takes for a device that does not read. */
const count = 800;
const payloadOf = (n: number): Buffer => Buffer.alloc(20_000, `${n}:`);
const numberOf = (payload: Buffer | string): number => Number.parseInt(String(payload.slice(0, 8)), 10);

/** Others on the node are served at once. */
async function othersAreServed(): Promise<void> {
  const other = await connected(stage.gateway);
  await other.subscribe(`other/${other.clientId}`, 1);
  for (const payload of ['1', '2', '3']) {
    await other.publish(`other/${other.clientId}`, payload, 1);
    expect(await other.receivePayloads(1)).toEqual([payload]);
  }
}

async function isHere(clientId: string): Promise<boolean> {
  const events = await eventsOf(stage.redis.client, clientId);
  return events.every(({ type }) => type !== 'disconnected');
}

describe.each(sessions)('a device with an %s session that does not read', (_, more) => {
  test('has what it subscribed to at QoS 1 kept for it, in order, and delays nobody', async () => {
    const clientId = freshId('deaf');
    const topic = `flood/${clientId}`;
    const device = await connected(stage.gateway, { ...more, clientId });
    await device.subscribe(topic, 1);
    device.stopReading();
    const publisher = await connected(stage.gateway);
    const messages = Array.from({ length: count }, (_unused, n) => ({ topic, payload: payloadOf(n) }));
    await publishAll(publisher, messages);
    await othersAreServed();
    expect(await stage.gateway.metric('tributary_outbox_bytes')).toBeLessThan(4 * maxOutboxBytes);
    expect(await isHere(clientId)).toBe(true);
    device.readAgain();
    const numbers: number[] = [];
    for (let n = 0; n < count; n++) numbers.push(numberOf((await device.receive()).payload));
    expect(numbers).toEqual(messages.map((_message, n) => n));
    await device.nothingMore();
  });
});

describe('retained messages for a device that does not read', () => {
  beforeAll(async () => {
    const publisher = await Client.open(stage.gateway, 'tcp', 5);
    await publisher.greet(freshId('publisher'));
    await publishAll(
      publisher,
      Array.from({ length: count }, (_, n) => ({ topic: `kept/${n}`, payload: payloadOf(n), retain: true })),
    );
    publisher.drop();
  }, 60_000);

  test.each(sessions.flatMap(([kind, more]) => ([0, 1] as const).map((qos) => [kind, qos, more] as const)))(
    'wait for it, complete, and delay nobody (%s session, QoS %i)',
    async (_, qos, more) => {
      const clientId = freshId('deaf');
      const device = await connected(stage.gateway, { ...more, clientId });
      await device.subscribe('kept/+', qos);
      device.stopReading();
      for (let round = 0; round < 5; round++) await othersAreServed();
      expect(await stage.gateway.metric('tributary_outbox_bytes')).toBeLessThan(40 * maxOutboxBytes);
      expect(await isHere(clientId)).toBe(true);
      device.readAgain();
      const numbers = new Set<number>();
      for (let n = 0; n < count; n++) numbers.add(numberOf((await device.receive()).payload));
      expect(numbers.size).toBe(count);
      await device.nothingMore();
    },
  );
});
