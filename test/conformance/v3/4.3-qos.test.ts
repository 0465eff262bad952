import { expect } from 'vitest';
import { packet, publishBytes, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports(
  'sends a QoS 0 message once, with QoS 0 and DUP 0, and not again after a reconnect [MQTT-4.3.1-1]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    const publisher = await connect();
    await first.subscribe([topic('a'), topic('marker')], 0);
    await publisher.publish(topic('a'), 'once');
    expect((await first.nextRaw('publish')).raw[0]).toBe(0x30);
    await first.leave();
    const again = await connect({ clientId, clean: false });
    expect(await messagesBefore(again, publisher, topic('marker'))).toEqual([]);
  },
);

overTransports(
  'sends QoS 1 with DUP 0 once, and holds it unacknowledged until PUBACK [MQTT-4.3.2-1]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    const publisher = await connect();
    await first.subscribe(topic(), 1);
    await publisher.publish(topic(), 'one', 1);
    await publisher.publish(topic(), 'two', 1);
    const [one, two] = [await first.expect('publish'), await first.expect('publish')];
    expect([one.dup, two.dup]).toEqual([false, false]);
    expect(one.messageId).not.toBe(two.messageId);
    await first.accept(one);
    await first.nothingMore();
    first.drop();
    await untilAway({ redis }, clientId);
    const again = await connect({ clientId, clean: false });
    expect(await again.receive()).toMatchObject({ dup: true, messageId: two.messageId });
    await again.nothingMore();
    await again.leave();
    await (await connect({ clientId, clean: false })).nothingMore();
  },
);

overTransports(
  'answers QoS 1 with PUBACK once the message is its own [MQTT-4.3.2-2]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const absent = await connect({ clientId, clean: false });
    await absent.subscribe(topic(), 1);
    await absent.leave();
    const publisher = await connect();
    publisher.send(publishBytes({ topic: topic(), payload: 'mine now', qos: 1, packetId: 3 }));
    expect((await publisher.nextRaw('puback')).raw).toEqual(packet('puback', [u16(3)]));
    const again = await connect({ clientId, clean: false });
    expect(String((await again.receive()).payload)).toBe('mine now');
  },
);

overTransports.each([[false], [true]] as const)(
  'takes the same packet id after PUBACK for a new message, DUP %s [MQTT-4.3.2-2]',
  async ({ connect, topic }, dup) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 0);
    for (const payload of ['one', 'two']) {
      publisher.send(publishBytes({ topic: topic(), payload, qos: 1, packetId: 8, dup }));
      await publisher.expect('puback');
    }
    expect(await subscriber.receivePayloads(2)).toEqual(['one', 'two']);
  },
);

overTransports(
  'goes through QoS 2 step by step: PUBLISH, PUBREL after PUBREC, nothing after PUBCOMP [MQTT-4.3.3-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 2);
    await publisher.publish(topic(), 'x', 2);
    const { raw, packet: publish } = await subscriber.nextRaw('publish');
    expect(raw[0]).toBe(0x34);
    await subscriber.nothingMore();
    const messageId = publish.messageId ?? 0;
    subscriber.send({ cmd: 'pubrec', messageId });
    expect((await subscriber.expect('pubrel')).messageId).toBe(messageId);
    await subscriber.nothingMore();
    subscriber.send({ cmd: 'pubcomp', messageId });
    await subscriber.nothingMore();
  },
);

overTransports(
  'sends the PUBLISH of QoS 2 again before PUBREC, and only the PUBREL after it [MQTT-4.3.3-1]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const publisher = await connect();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 2);
    await publisher.publish(topic(), 'x', 2);
    const { messageId = 0 } = await first.expect('publish');
    first.drop();
    await untilAway({ redis }, clientId);

    const second = await connect({ clientId, clean: false });
    expect(await second.expect('publish')).toMatchObject({ dup: true, qos: 2, messageId });
    second.send({ cmd: 'pubrec', messageId });
    await second.expect('pubrel');
    second.drop();
    await untilAway({ redis }, clientId);

    const third = await connect({ clientId, clean: false });
    const { raw } = await third.nextRaw('pubrel');
    expect(raw).toEqual(packet('pubrel', [u16(messageId)]));
    third.send({ cmd: 'pubcomp', messageId });
    await third.nothingMore();
    await third.leave();

    await (await connect({ clientId, clean: false })).nothingMore();
  },
);

overTransports(
  'answers PUBREC again with PUBREL, also when it repeats [MQTT-4.3.3-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 2);
    await publisher.publish(topic(), 'x', 2);
    const { messageId = 0 } = await subscriber.expect('publish');
    for (let n = 0; n < 2; n++) {
      subscriber.send({ cmd: 'pubrec', messageId });
      expect((await subscriber.expect('pubrel')).messageId).toBe(messageId);
    }
  },
);

overTransports(
  'answers PUBREC to a QoS 2 PUBLISH that repeats, and delivers it once [MQTT-4.3.3-2]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe([topic('a'), topic('marker')], 2);
    const bytes = { topic: topic('a'), payload: 'once', qos: 2, packetId: 21 } as const;
    publisher.send(publishBytes(bytes));
    for (let n = 0; n < 2; n++) {
      expect((await publisher.nextRaw('pubrec')).raw).toEqual(packet('pubrec', [u16(21)]));
      publisher.send(publishBytes({ ...bytes, dup: true }));
    }
    await publisher.expect('pubrec');
    publisher.send(packet('pubrel', [u16(21)]));
    expect((await publisher.nextRaw('pubcomp')).raw).toEqual(packet('pubcomp', [u16(21)]));
    expect(await subscriber.receivePayloads(1)).toEqual(['once']);
    expect(await messagesBefore(subscriber, publisher, topic('marker'))).toEqual([]);
  },
);

overTransports(
  'delivers a QoS 2 message once, also when the publisher repeats it in a new connection [MQTT-4.3.3-2]',
  async ({ connect, id, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe([topic('a'), topic('marker')], 2);
    const clientId = id();
    const bytes = { topic: topic('a'), payload: 'once', qos: 2, packetId: 33 } as const;
    const first = await connect({ clientId, clean: false });
    first.send(publishBytes(bytes));
    await first.expect('pubrec');
    first.drop();
    const again = await connect({ clientId, clean: false });
    again.send(publishBytes({ ...bytes, dup: true }));
    await again.expect('pubrec');
    again.send(packet('pubrel', [u16(33)]));
    await again.expect('pubcomp');
    expect(await subscriber.receivePayloads(1)).toEqual(['once']);
    expect(await messagesBefore(subscriber, await connect(), topic('marker'))).toEqual([]);
  },
);

overTransports(
  'takes the packet id of a completed QoS 2 exchange for a new message [MQTT-4.3.3-2]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 0);
    for (const payload of ['one', 'two']) {
      publisher.send(publishBytes({ topic: topic(), payload, qos: 2, packetId: 8, dup: payload === 'two' }));
      await publisher.expect('pubrec');
      publisher.send(packet('pubrel', [u16(8)]));
      await publisher.expect('pubcomp');
    }
    expect(await subscriber.receivePayloads(2)).toEqual(['one', 'two']);
  },
);

overTransports(
  'answers PUBREL with PUBCOMP whether it knows the packet id or not [MQTT-4.3.3-2]',
  async ({ connect }) => {
    const client = await connect();
    for (let n = 0; n < 2; n++) {
      client.send(packet('pubrel', [u16(404)]));
      expect((await client.nextRaw('pubcomp')).raw).toEqual(packet('pubcomp', [u16(404)]));
    }
  },
);
