import { expect } from 'vitest';
import { packet, publishBytes, u16 } from '../support/bytes.ts';
import type { Qos } from '../support/client.ts';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

overTransports.each([[1], [2]] as const)(
  'sends unacknowledged QoS %s messages again in the order they were sent [MQTT-4.6.0-1]',
  async ({ connect, id, topic, redis }, qos) => {
    const clientId = id();
    const publisher = await connect();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 2);
    for (const n of numbers(8)) await publisher.publish(topic(), `${n}`, qos);
    for (const n of numbers(8)) expect(String((await first.expect('publish')).payload)).toBe(`${n}`);
    first.drop();
    await untilAway({ redis }, clientId);
    const again = await connect({ clientId, clean: false });
    for (const n of numbers(8)) {
      const message = await again.expect('publish');
      expect([String(message.payload), message.dup]).toEqual([`${n}`, true]);
    }
  },
);

overTransports(
  'answers PUBLISH packets in the order they came: PUBACK, PUBREC [MQTT-4.6.0-2] [MQTT-4.6.0-3]',
  async ({ connect, topic }) => {
    const client = await connect();
    const ids = numbers(30).map((n) => 1 + ((n * 7) % 30));
    const qosOf = (packetId: number): Qos => (packetId % 2 === 0 ? 1 : 2);
    client.send(
      ...ids.map((packetId) =>
        publishBytes({ topic: topic(), payload: 'x', qos: qosOf(packetId), packetId }),
      ),
    );
    const [pubacks, pubrecs] = [ids.filter((n) => qosOf(n) === 1), ids.filter((n) => qosOf(n) === 2)];
    for (const packetId of pubacks) expect((await client.take('puback')).messageId).toBe(packetId);
    for (const packetId of pubrecs) expect((await client.take('pubrec')).messageId).toBe(packetId);
  },
);

overTransports('sends PUBREL in the order PUBREC came [MQTT-4.6.0-4]', async ({ connect, topic }) => {
  const subscriber = await connect();
  const publisher = await connect();
  await subscriber.subscribe(topic(), 2);
  const ids: number[] = [];
  for (const n of numbers(8)) {
    await publisher.publish(topic(), `${n}`, 2);
    ids.push((await subscriber.expect('publish')).messageId ?? 0);
  }
  const mixed = [3, 0, 7, 1, 6, 2, 5, 4].map((n) => ids[n] ?? 0);
  subscriber.send(...mixed.map((packetId) => packet('pubrec', [u16(packetId)])));
  for (const packetId of mixed) expect((await subscriber.expect('pubrel')).messageId).toBe(packetId);
});

overTransports.each([
  [0, 'Clean Session 1', true],
  [1, 'Clean Session 1', true],
  [2, 'Clean Session 1', true],
  [1, 'Clean Session 0', false],
  [2, 'Clean Session 0', false],
] as const)(
  'delivers QoS %s messages in the order they were published (%s) [MQTT-4.6.0-5] [MQTT-4.6.0-6]',
  async ({ connect, topic }, qos, _, clean) => {
    const subscriber = await connect({ clean });
    const publisher = await connect();
    await subscriber.subscribe(topic('#'), 2);
    publisher.send(
      ...numbers(40).map((n) =>
        publishBytes({
          topic: topic(`${n % 3}`),
          payload: `${n}`,
          qos,
          ...(qos > 0 ? { packetId: n + 1 } : {}),
        }),
      ),
    );
    const payloads: number[] = [];
    while (payloads.length < 40) {
      const message = await subscriber.take('publish');
      payloads.push(Number(String(message.payload)));
      await subscriber.accept(message);
    }
    for (const rest of [0, 1, 2]) {
      const ofTopic = payloads.filter((n) => n % 3 === rest);
      expect(ofTopic).toEqual(numbers(40).filter((n) => n % 3 === rest));
    }
  },
);

overTransports(
  'keeps the order of a topic for a session that was away [MQTT-4.6.0-6]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    await publisher.publish(topic(), '0', 1);
    await first.receive();
    await first.leave();
    for (const n of numbers(20)) await publisher.publish(topic(), `${n + 1}`, 1);
    const again = await connect({ clientId, clean: false });
    expect(await again.receivePayloads(20)).toEqual(numbers(20).map((n) => `${n + 1}`));
  },
);

overTransports.each([
  ['Clean Session 1', true],
  ['Clean Session 0', false],
] as const)(
  'sends the retained message of a topic before the newer ones of its publisher (%s) [MQTT-4.6.0-6]',
  async ({ connect, topic }, _, clean) => {
    const publisher = await connect();
    const subscriber = await connect({ clean });
    const publishAll = (payload: string, retain: boolean): void =>
      publisher.send(
        ...numbers(100).map((n) =>
          publishBytes({ topic: topic(`${n}`), payload, qos: 1, packetId: 1 + n, retain }),
        ),
      );
    publishAll('retained', true);
    for (const _n of numbers(100)) await publisher.expect('puback');
    await subscriber.subscribe(topic('#'), 1);
    publishAll('live', false);
    const received = new Map<string, string[]>();
    for (let n = 0; n < 200; n++) {
      const message = await subscriber.receive();
      received.set(message.topic, [...(received.get(message.topic) ?? []), String(message.payload)]);
    }
    for (const payloads of received.values()) expect(payloads).toEqual(['retained', 'live']);
  },
);
