import { expect } from 'vitest';
import { byte, packet, pingreq, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedFor } from '../support/retained.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports.each([[0], [1], [3], [4], [8], [10], [15]] as const)(
  'closes on SUBSCRIBE with flag bits %s [MQTT-3.8.1-1]',
  async ({ connect, topic }, flags) => {
    const client = await connect();
    client.send(packet('subscribe', [u16(1), text(topic()), byte(0)], flags), pingreq);
    await client.closedSilently();
  },
);

overTransports('closes on SUBSCRIBE with a filter that is no UTF-8 [MQTT-3.8.3-1]', async ({ connect }) => {
  for (const bytes of ['ff', 'c328', 'eda080', 'c080']) {
    const client = await connect();
    client.send(packet('subscribe', [u16(1), text(Buffer.from(bytes, 'hex')), byte(0)]), pingreq);
    await client.closedSilently();
  }
});

overTransports('closes on SUBSCRIBE without a filter [MQTT-3.8.3-3]', async ({ connect }) => {
  const client = await connect();
  client.send(packet('subscribe', [u16(1)]), pingreq);
  await client.closedSilently();
});

overTransports.each([[0x03], [0x04], [0x08], [0x10], [0x20], [0x40], [0x80], [0xff]] as const)(
  'closes on SUBSCRIBE with QoS byte %s [MQTT-3.8.3-4]',
  async ({ connect, topic }, options) => {
    const client = await connect();
    const body = [u16(1), text(topic('a')), byte(0), text(topic('b')), byte(options)];
    client.send(packet('subscribe', body), pingreq);
    await client.closedSilently();
  },
);

overTransports.each([[0], [1], [2]] as const)(
  'answers SUBSCRIBE at QoS %s with one SUBACK that grants it [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-5]',
  async ({ connect, topic }, qos) => {
    const client = await connect();
    client.send(packet('subscribe', [u16(4711), text(topic()), byte(qos)]));
    expect((await client.nextRaw('suback')).raw).toEqual(packet('suback', [u16(4711), byte(qos)]));
    await client.nothingMore();
  },
);

overTransports(
  'the same filter again replaces the subscription and its QoS [MQTT-3.8.4-3]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    for (const qos of [2, 0, 1] as const) {
      await subscriber.subscribe(topic(), qos);
      await publisher.publish(topic(), `granted ${qos}`, 2);
      const message = await subscriber.receive();
      expect([message.qos, String(message.payload)]).toEqual([qos, `granted ${qos}`]);
    }
    expect(await messagesBefore(subscriber, publisher, topic())).toEqual([]);
  },
);

overTransports('the same filter again brings the retained messages again [MQTT-3.8.4-3]', async (scene) => {
  const { connect, topic } = scene;
  const subscriber = await connect();
  await subscriber.publish(topic(), 'kept', 1, { retain: true });
  for (const qos of [1, 1, 0] as const) {
    const messages = await retainedFor(scene, subscriber, topic(), qos);
    expect(messages.map((message) => [message.qos, message.retain])).toEqual([[qos, true]]);
  }
});

overTransports(
  'the same filter again interrupts no flow of messages [MQTT-3.8.4-3]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 1);
    for (let n = 0; n < 20; n++) {
      publisher.send(packet('publish', [text(topic()), u16(n + 1), Buffer.from(`${n}`)], 2));
      if (n % 5 === 2) subscriber.send(packet('subscribe', [u16(100 + n), text(topic()), byte(1)]));
    }
    const payloads: string[] = [];
    while (payloads.length < 20) {
      const message = await subscriber.take('publish');
      await subscriber.accept(message);
      payloads.push(String(message.payload));
    }
    expect(payloads).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
  },
);

overTransports(
  'takes many filters in one SUBSCRIBE, one after the other, with one SUBACK [MQTT-3.8.4-4] [MQTT-3.9.3-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    const body = [
      u16(9),
      ...[text(topic('a')), byte(2), text(topic('b')), byte(0), text(topic('c/+')), byte(1)],
      ...[text(topic('b')), byte(1)],
    ];
    client.send(packet('subscribe', body));
    expect((await client.nextRaw('suback')).raw).toEqual(packet('suback', [u16(9), byte(2, 0, 1, 1)]));
    const publisher = await connect();
    for (const name of ['a', 'b', 'c/1']) await publisher.publish(topic(name), name, 2);
    const qos = [(await client.receive()).qos, (await client.receive()).qos, (await client.receive()).qos];
    expect(qos).toEqual([2, 1, 1]);
  },
);

overTransports(
  'SUBACK has failure at the place of each filter that is refused [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2]',
  async ({ connect, topic }) => {
    const client = await connect();
    const tooDeep = Array.from({ length: 40 }, () => 'x').join('/');
    const body = [u16(3), text(topic('a')), byte(1), text(tooDeep), byte(1), text(topic('b')), byte(2)];
    client.send(packet('subscribe', body));
    expect((await client.nextRaw('suback')).raw).toEqual(packet('suback', [u16(3), byte(1, 0x80, 2)]));
    const publisher = await connect();
    await publisher.publish(topic('b'), 'granted all the same', 1);
    expect((await client.receive()).topic).toBe(topic('b'));
  },
);

overTransports(
  'delivers at the lower of the QoS published and the QoS granted [MQTT-3.8.4-6]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    for (const granted of [0, 1, 2] as const) {
      const subscriber = await connect();
      await subscriber.subscribe(topic(), granted);
      for (const published of [0, 1, 2] as const) {
        await publisher.publish(topic(), 'x', published);
        expect((await subscriber.receive()).qos).toBe(Math.min(granted, published));
      }
      await subscriber.leave();
    }
  },
);

overTransports(
  'a subscription holds for what is published behind SUBSCRIBE without waiting for SUBACK [MQTT-3.8.4-1]',
  async ({ connect, topic }) => {
    for (const clean of [true, false]) {
      const client = await connect({ clean });
      const body = [text(topic(String(clean))), u16(2), Buffer.from('x')];
      client.send(
        packet('subscribe', [u16(1), text(topic(String(clean))), byte(1)]),
        packet('publish', body, 2),
      );
      expect((await client.take('suback')).granted).toEqual([1]);
      expect(String((await client.take('publish')).payload)).toBe('x');
    }
  },
);
