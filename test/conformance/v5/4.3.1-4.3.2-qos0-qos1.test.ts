import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';
import { untilUplink } from '../../support/streams.ts';

const { overTransports } = useServer({ version: 5 });

overTransports(
  'delivers at QoS 0 once, with DUP 0 and without a packet id [MQTT-4.3.1-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 0);
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic(), 'x', qos);
      const { raw } = await subscriber.nextRaw('publish');
      expect(readPublish(raw)).toMatchObject({ flags: 0, packetId: undefined, properties: [] });
    }
    expect(await messagesBefore(subscriber, publisher, topic())).toEqual([]);
  },
);

overTransports.each(sessionKinds)(
  'gives each QoS 1 message in flight to %s a packet id of its own, and DUP 0 [MQTT-4.3.2-1] [MQTT-4.3.2-2]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 1);
    const publisher = await connect();
    for (let n = 0; n < 30; n++) await publisher.publish(topic(), String(n), 1);
    const ids = new Set<number | undefined>();
    for (let n = 0; n < 30; n++) {
      const { raw } = await subscriber.nextRaw('publish');
      const { flags, packetId } = readPublish(raw);
      expect(flags).toBe(2);
      expect(packetId).toBeGreaterThan(0);
      ids.add(packetId);
    }
    expect(ids.size).toBe(30);
  },
);

overTransports(
  'a QoS 1 message stays unacknowledged until its own PUBACK comes [MQTT-4.3.2-3]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    for (const payload of ['a', 'b', 'c']) await publisher.publish(topic(), payload, 1);
    const [a, b, c] = [
      await first.expect('publish'),
      await first.expect('publish'),
      await first.expect('publish'),
    ];
    await first.accept(b);
    first.send({ cmd: 'puback', messageId: 60_000 });
    await first.nothingMore();
    await cutOff(scene, first);
    const second = await connect(lasting(id));
    expect(await second.receive()).toMatchObject({ messageId: a.messageId, dup: true });
    expect(await second.receive()).toMatchObject({ messageId: c.messageId, dup: true });
    await second.nothingMore();
    await cutOff(scene, second);
    const third = await connect(lasting(id));
    expect(await messagesBefore(third, publisher, topic(), 1)).toEqual([]);
  },
);

overTransports(
  'answers QoS 1 by a PUBACK of its packet id, once the message is stored [MQTT-4.3.2-4]',
  async ({ connect, topic, id, redis }) => {
    const clientId = id();
    const client = await connect({ clientId });
    for (const packetId of [1, 65_535, 300]) {
      client.send(publishBytes({ topic: topic(), qos: 1, packetId, properties: [] }));
      expect((await client.expect('puback')).messageId).toBe(packetId);
    }
    expect(await untilUplink(redis.client, clientId, 3, { deadlineMs: 0 })).toHaveLength(3);
  },
);

overTransports(
  'takes the same packet id after PUBACK for a new message, whatever DUP says [MQTT-4.3.2-5]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 1);
    const publisher = await connect();
    for (const [n, dup] of [false, true, true, false].entries()) {
      const payload = String(n);
      publisher.send(publishBytes({ topic: topic(), payload, qos: 1, packetId: 7, dup, properties: [] }));
      await publisher.expect('puback');
      expect(await subscriber.receivePayloads(1)).toEqual([payload]);
    }
  },
);

overTransports(
  'packet ids of the two directions have nothing to do with each other [MQTT-4.3.2-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic('down'), 1);
    const publisher = await connect();
    await publisher.publish(topic('down'), 'x', 1);
    const down = await subscriber.expect('publish');
    const packetId = down.messageId ?? 0;
    subscriber.send(publishBytes({ topic: topic('up'), qos: 1, packetId, properties: [] }));
    expect((await subscriber.expect('puback')).messageId).toBe(packetId);
    subscriber.send(publishBytes({ topic: topic('up'), qos: 2, packetId, properties: [] }));
    expect((await subscriber.expect('pubrec')).messageId).toBe(packetId);
    await subscriber.accept(down);
    subscriber.send({ cmd: 'pubrel', messageId: packetId });
    expect(await subscriber.expect('pubcomp')).toMatchObject({ messageId: packetId, reasonCode: 0 });
  },
);
