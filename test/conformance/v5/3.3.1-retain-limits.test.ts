import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedFor } from '../support/retained.ts';
import { useServer, type Scene } from '../support/server.ts';

const { overTransports } = useServer({
  version: 5,
  config: { retained: { maxMessages: 3, maxPayloadBytes: 20 } },
});

/** Publishes at QoS 1 with RETAIN; answers the code of the PUBACK. */
async function retain(client: Client, topic: string, payload: string): Promise<number | undefined> {
  const packetId = client.nextPacketId();
  client.send(publishBytes({ topic, payload, qos: 1, retain: true, packetId, properties: [] }));
  return (await client.expect('puback')).reasonCode;
}

/** Clears what a test retained, and the marker of `retainedFor`. */
async function clear(client: Client, topics: readonly string[]): Promise<void> {
  for (const topic of topics) await client.publish(topic, '', 1, { retain: true });
}

async function payloadsOf(scene: Scene, topic: string): Promise<string[]> {
  const subscriber = await scene.connect();
  await subscriber.subscribe(topic, 1);
  const messages = await messagesBefore(subscriber, await scene.connect(), topic, 1);
  return messages.map(({ payload }) => String(payload));
}

overTransports(
  'refuses a retained message above the number there may be by 0x97; those there can be replaced and removed [MQTT-3.4.2-1] [MQTT-3.3.1-5]',
  async (scene) => {
    const { connect, topic } = scene;
    const topics = ['a', 'b', 'c', 'd'].map((rest) => topic(rest)) as [string, string, string, string];
    const client = await connect();
    for (const name of topics.slice(0, 3)) expect(await retain(client, name, 'kept')).toBeLessThan(0x80);
    expect(await retain(client, topics[3], 'one too many')).toBe(0x97);
    expect(await payloadsOf(scene, topics[3])).toEqual([]);
    expect(await retain(client, topics[0], 'replaced')).toBeLessThan(0x80);
    expect(await payloadsOf(scene, topics[0])).toEqual(['replaced']);
    await clear(client, [topics[1]]);
    expect(await retain(client, topics[3], 'there is room')).toBeLessThan(0x80);
    expect(await payloadsOf(scene, topics[3])).toEqual(['there is room']);
    await clear(client, topics);
  },
);

overTransports(
  'refuses a retained message that is too large by 0x97, and keeps what was retained [MQTT-3.4.2-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const client = await connect();
    expect(await retain(client, topic(), 'kept')).toBeLessThan(0x80);
    expect(await retain(client, topic(), 'x'.repeat(21))).toBe(0x97);
    const [message, ...others] = await retainedFor(scene, await connect(), topic(), 1);
    expect(String(message?.payload)).toBe('kept');
    expect(others).toEqual([]);
    await clear(client, [topic()]);
  },
);
