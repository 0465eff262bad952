import { expect } from 'vitest';
import { keys } from '../../support/streams.ts';
import { useServer, type Scene } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const maxPacketId = 65_535;

/** Lets a session that is away have seen so many messages: the next packet id follows from it. */
async function countTo({ redis }: Scene, clientId: string, count: number): Promise<void> {
  const key = keys.session(keys.partitionOf(clientId), clientId);
  await redis.client.hset(key, 'n', count, 'sent', count);
}

overTransports.each([[1], [2]] as [qos: 1 | 2][])(
  'packet ids at QoS %s begin again at 1 behind 65,535 [MQTT-4.3.2-1] [MQTT-4.3.3-1]',
  async (scene, qos) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), qos);
    await cutOff(scene, first);
    await countTo(scene, id, maxPacketId - 2);
    const client = await connect(lasting(id));
    const publisher = await connect();
    const ids = [];
    for (let n = 0; n < 4; n++) {
      await publisher.publish(topic(), String(n), qos);
      ids.push((await client.receive()).messageId);
    }
    expect(ids).toEqual([maxPacketId - 1, maxPacketId, 1, 2]);
  },
);

overTransports.each([[1], [2]] as [qos: 1 | 2][])(
  'a packet id whose QoS %s message is still unacknowledged is not used for another [MQTT-4.3.2-1] [MQTT-4.3.3-1]',
  async (scene, qos) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), qos);
    const publisher = await connect();
    await publisher.publish(topic(), 'held', qos);
    expect((await first.expect('publish')).messageId).toBe(1);
    await cutOff(scene, first);
    await countTo(scene, id, maxPacketId - 1);

    const client = await connect(lasting(id));
    const held = await client.expect('publish');
    expect(held).toMatchObject({ messageId: 1, dup: true });
    for (const payload of ['last', 'waits']) await publisher.publish(topic(), payload, qos);
    expect((await client.expect('publish')).messageId).toBe(maxPacketId);
    await client.nothingMore();
    await client.accept(held);
    const next = await client.expect('publish');
    expect(next).toMatchObject({ messageId: 1, dup: false });
    expect(String(next.payload)).toBe('waits');
  },
);
