import { expect } from 'vitest';
import { byte, connectBytes, packet, pingreq, text, u16 } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports(
  'sends CONNACK first, also where messages wait and packets came behind CONNECT [MQTT-3.2.0-1]',
  async ({ connect, open, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 1);
    await first.leave();
    const publisher = await connect();
    await publisher.publish(topic(), 'waiting', 1);
    const again = await open();
    again.send(
      connectBytes({ clientId, flags: 0 }),
      pingreq,
      packet('subscribe', [u16(1), text('x'), byte(0)]),
    );
    expect((await again.nextRaw('connack')).raw).toEqual(packet('connack', [byte(1, 0)]));
    await again.take('publish', ({ payload }) => String(payload) === 'waiting');
  },
);

overTransports(
  'Clean Session 1: session present 0, whatever was stored [MQTT-3.2.2-1]',
  async ({ connect, open, id }) => {
    const clientId = id();
    await (await connect({ clientId, clean: false })).leave();
    const client = await open();
    client.send(connectBytes({ clientId, flags: 0x02 }));
    expect((await client.nextRaw('connack')).raw).toEqual(packet('connack', [byte(0, 0)]));
  },
);

overTransports(
  'Clean Session 0: session present 0 at first, 1 from then on [MQTT-3.2.2-2] [MQTT-3.2.2-3]',
  async ({ open, id }) => {
    const clientId = id();
    for (const present of [0, 1, 1]) {
      const client = await open();
      client.send(connectBytes({ clientId, flags: 0 }));
      expect((await client.nextRaw('connack')).raw).toEqual(packet('connack', [byte(present, 0)]));
      await client.leave();
    }
  },
);

overTransports(
  'Clean Session 0 after Clean Session 1: session present 0 [MQTT-3.2.2-3]',
  async ({ connect, id }) => {
    const clientId = id();
    await (await connect({ clientId, clean: true })).leave();
    expect((await connect({ clientId, clean: false })).connack.sessionPresent).toBe(false);
  },
);

overTransports(
  'a refusal says session present 0 and is the end of the connection [MQTT-3.2.2-4] [MQTT-3.2.2-5]',
  async ({ open }) => {
    const refused = [
      ['CONNACK 1', connectBytes({ level: 2, clientId: 'x' }), 1],
      ['CONNACK 2', connectBytes({ flags: 0, clientId: '' }), 2],
    ] as const;
    for (const [, bytes, code] of refused) {
      const client = await open();
      client.send(bytes, pingreq);
      expect((await client.nextRaw('connack')).raw).toEqual(packet('connack', [byte(0, code)]));
      await client.closedSilently();
    }
  },
);

overTransports(
  'a CONNECT no return code fits is closed without a CONNACK [MQTT-3.2.2-6]',
  async ({ open, id }) => {
    for (const flags of [0x03, 0x42, 0x1e]) {
      const client = await open();
      client.send(connectBytes({ clientId: id(), flags, rest: [text('a'), text('b')] }));
      await client.closedSilently();
    }
  },
);
