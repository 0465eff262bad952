import { expect } from 'vitest';
import { byte, connectBytes, packet, pingreq, publishBytes, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports.each([
  ['PINGREQ', pingreq],
  ['PUBLISH', publishBytes({ topic: 'first', payload: 'x' })],
  ['SUBSCRIBE', packet('subscribe', [u16(1), text('first'), byte(0)])],
  ['UNSUBSCRIBE', packet('unsubscribe', [u16(1), text('first')])],
  ['DISCONNECT', packet('disconnect', [])],
  ['PUBREL', packet('pubrel', [u16(1)])],
] as const)('closes when %s comes before CONNECT [MQTT-3.1.0-1]', async ({ open }, _, bytes) => {
  const client = await open();
  client.send(bytes);
  await client.closedSilently();
});

overTransports('closes on a second CONNECT [MQTT-3.1.0-2]', async ({ connect, id }) => {
  for (const same of [true, false]) {
    const client = await connect();
    client.send(connectBytes({ clientId: same ? client.clientId : id() }), pingreq);
    await client.closedSilently();
  }
});

overTransports.each([['MQTt'], ['mqtt'], ['MQT'], ['MQTTT'], ['MQIsdp'], [''], ['HTTP']] as const)(
  'does not go on with protocol name "%s" at level 4 [MQTT-3.1.2-1]',
  async ({ open, id }, protocolName) => {
    const client = await open();
    client.send(connectBytes({ protocolName, clientId: id() }), pingreq);
    const answers = await client.ended();
    expect(answers.filter((answer) => answer.cmd !== 'connack' || answer.returnCode === 0)).toEqual([]);
  },
);

overTransports.each([[0], [1], [2], [3]] as const)(
  'answers protocol level %s with return code 1 and closes [MQTT-3.1.2-2]',
  async ({ open, id }, level) => {
    const client = await open();
    client.send(connectBytes({ level, clientId: id() }), pingreq);
    const { raw } = await client.nextRaw('connack');
    expect(raw).toEqual(packet('connack', [byte(0, 1)]));
    await client.closedSilently();
  },
);

overTransports('closes when the reserved connect flag is set [MQTT-3.1.2-3]', async ({ open, id }) => {
  const client = await open();
  client.send(connectBytes({ flags: 0x03, clientId: id() }), pingreq);
  await client.closedSilently();
});

overTransports(
  'closes when the will flag is set and the payload lacks the will [MQTT-3.1.2-9]',
  async ({ open, id }) => {
    for (const rest of [[], [text('will')]]) {
      const client = await open();
      client.send(connectBytes({ flags: 0x06, clientId: id(), rest }));
      await client.closedSilently();
    }
  },
);

overTransports(
  'closes when the payload has a will and the will flag is not set [MQTT-3.1.2-11]',
  async ({ open, id }) => {
    const client = await open();
    client.send(connectBytes({ flags: 0x02, clientId: id(), rest: [text('will'), text('x')] }));
    await client.closedSilently();
  },
);

overTransports.each([[1], [2], [3]] as const)(
  'closes when the will QoS is %s and the will flag is not set [MQTT-3.1.2-11] [MQTT-3.1.2-13]',
  async ({ open, id }, qos) => {
    const client = await open();
    client.send(connectBytes({ flags: 0x02 | (qos << 3), clientId: id() }));
    await client.closedSilently();
  },
);

overTransports('closes when the will QoS is 3 [MQTT-3.1.2-14]', async ({ open, id }) => {
  const client = await open();
  client.send(connectBytes({ flags: 0x1e, clientId: id(), rest: [text('will'), text('x')] }));
  await client.closedSilently();
});

overTransports.each([[0], [1], [2]] as const)(
  'accepts a will of QoS %s [MQTT-3.1.2-14]',
  async ({ open, id, topic }, qos) => {
    const client = await open();
    const flags = 0x06 | (qos << 3);
    client.send(connectBytes({ flags, clientId: id(), rest: [text(topic()), text('x')] }));
    expect((await client.expect('connack')).returnCode).toBe(0);
    await client.leave();
  },
);

overTransports(
  'closes when will retain is set and the will flag is not [MQTT-3.1.2-11] [MQTT-3.1.2-15]',
  async ({ open, id }) => {
    const client = await open();
    client.send(connectBytes({ flags: 0x22, clientId: id() }));
    await client.closedSilently();
  },
);

overTransports.each([
  ['a user name without its flag [MQTT-3.1.2-18]', 0x02, [text('user')]],
  ['the user name flag without a user name [MQTT-3.1.2-19]', 0x82, []],
  ['a password without its flag [MQTT-3.1.2-20]', 0x82, [text('user'), text('secret')]],
  ['the password flag without a password [MQTT-3.1.2-21]', 0xc2, [text('user')]],
  ['a password without a user name [MQTT-3.1.2-22]', 0x42, [text('secret')]],
] as const)('closes on %s', async ({ open, id }, _, flags, rest) => {
  const client = await open();
  client.send(connectBytes({ flags, clientId: id(), rest }));
  await client.closedSilently();
});

overTransports(
  'takes a user name, with and without a password, of any bytes [MQTT-3.1.2-19] [MQTT-3.1.2-21]',
  async ({ open, id }) => {
    const passwords = [Buffer.from('secret'), Buffer.alloc(0), Buffer.from([0xff, 0, 0xc0])];
    for (const rest of [[], ...passwords.map((password) => [text(password)])]) {
      const client = await open();
      const flags = rest.length > 0 ? 0xc2 : 0x82;
      client.send(connectBytes({ flags, clientId: id(), rest: [text('üser'), ...rest] }));
      expect((await client.expect('connack')).returnCode).toBe(0);
    }
  },
);

overTransports(
  'reads client id, will topic, will message, user name and password in this order [MQTT-3.1.3-1]',
  async ({ open, connect, id, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const client = await open();
    const rest = [text(topic('will')), text('last words'), text('user'), text('secret')];
    client.send(connectBytes({ flags: 0xc6, clientId: id(), rest }));
    await client.expect('connack');
    client.drop();
    const will = await watcher.receive();
    expect([will.topic, String(will.payload)]).toEqual([topic('will'), 'last words']);
  },
);

overTransports(
  'keeps the sessions of two client ids apart [MQTT-3.1.3-2]',
  async ({ connect, id, topic }) => {
    const [one, other] = [id('one'), id('other')];
    const first = await connect({ clientId: one, clean: false });
    await first.subscribe(topic('one'), 1);
    await first.leave();
    const second = await connect({ clientId: other, clean: false });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(topic('other'), 1);
    const again = await connect({ clientId: one, clean: false });
    expect(again.connack.sessionPresent).toBe(true);
    const publisher = await connect();
    await publisher.publish(topic('other'), 'for the other', 1);
    expect(await messagesBefore(again, publisher, topic('one'), 1)).toEqual([]);
    expect(String((await second.receive()).payload)).toBe('for the other');
  },
);

overTransports('closes on CONNECT without a client id [MQTT-3.1.3-3]', async ({ open }) => {
  const client = await open();
  client.send(packet('connect', [text('MQTT'), byte(4, 2), u16(60)]));
  await client.closedSilently();
});

overTransports('closes on a client id that is no UTF-8 [MQTT-3.1.3-4]', async ({ open }) => {
  const client = await open();
  client.send(connectBytes({ clientId: Buffer.from([0x61, 0xc3, 0x28]) }));
  await client.closedSilently();
});

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

overTransports(
  'accepts client ids of 1 to 23 digits and letters [MQTT-3.1.3-5]',
  async ({ connect, transport }) => {
    const first = transport === 'tcp' ? 'T' : 'W';
    for (const clientId of [first, `${first}${letters.slice(0, 22)}`, `${first}${letters.slice(22, 44)}`]) {
      await connect({ clientId });
    }
    await connect({ clientId: `${first}${letters.slice(44)}` });
  },
);

overTransports(
  'gives every client with an empty client id one of its own [MQTT-3.1.3-6]',
  async ({ connect, topic }) => {
    const first = await connect({ clientId: '' });
    const second = await connect({ clientId: '' });
    await first.subscribe(topic());
    await second.publish(topic(), 'hello');
    expect(String((await first.receive()).payload)).toBe('hello');
    await second.nothingMore();
  },
);

overTransports(
  'refuses an empty client id with Clean Session 0 by return code 2 [MQTT-3.1.3-7] [MQTT-3.1.3-8]',
  async ({ open }) => {
    const client = await open();
    client.send(connectBytes({ flags: 0x00, clientId: '' }), pingreq);
    await client.refusedWith(2);
  },
);

overTransports('refuses a client id it does not accept by return code 2 [MQTT-3.1.3-9]', async ({ open }) => {
  const client = await open();
  client.send(connectBytes({ clientId: 'x'.repeat(300) }), pingreq);
  await client.refusedWith(2);
});

overTransports('closes on a will topic that is no UTF-8 [MQTT-3.1.3-10]', async ({ open, id }) => {
  const client = await open();
  const rest = [text(Buffer.from([0xff])), text('x')];
  client.send(connectBytes({ flags: 0x06, clientId: id(), rest }));
  await client.closedSilently();
});

overTransports('closes on a user name that is no UTF-8 [MQTT-3.1.3-11]', async ({ open, id }) => {
  const client = await open();
  client.send(connectBytes({ flags: 0x82, clientId: id(), rest: [text(Buffer.from([0xff]))] }));
  await client.closedSilently();
});

overTransports.each([
  ['an empty body', packet('connect', [])],
  ['a length that ends within the protocol name', packet('connect', [u16(4), Buffer.from('MQ')])],
  ['no keep-alive', packet('connect', [text('MQTT'), byte(4, 2)])],
  ['a byte too many', packet('connect', [text('MQTT'), byte(4, 2), u16(60), text('x'), byte(0)])],
  ['a client id that is cut off', packet('connect', [text('MQTT'), byte(4, 2), u16(60), u16(5), byte(0x61)])],
] as const)(
  'closes without a CONNACK on CONNECT with %s [MQTT-3.1.4-1] [MQTT-3.2.2-6]',
  async ({ open }, _, bytes) => {
    const client = await open();
    client.send(bytes, pingreq);
    await client.closedSilently();
  },
);

overTransports('ends the older connection of the same client id [MQTT-3.1.4-2]', async ({ connect, id }) => {
  const clientId = id();
  const older = await connect({ clientId });
  const newer = await connect({ clientId });
  await older.closedSilently();
  await newer.nothingMore();
});

overTransports(
  'ends the older connection also when the newer resumes its session [MQTT-3.1.4-2] [MQTT-3.1.4-3]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const older = await connect({ clientId, clean: false });
    await older.subscribe(topic(), 1);
    const newer = await connect({ clientId, clean: false });
    expect(newer.connack.sessionPresent).toBe(true);
    await older.closedSilently();
    await newer.publish(topic(), 'hello', 1);
    expect(String((await newer.receive()).payload)).toBe('hello');
  },
);

overTransports('acknowledges CONNECT with return code 0 [MQTT-3.1.4-4]', async ({ open, id }) => {
  const client = await open();
  client.send(connectBytes({ clientId: id() }));
  expect((await client.nextRaw('connack')).raw).toEqual(packet('connack', [byte(0, 0)]));
});

overTransports(
  'processes what comes behind CONNECT without waiting for CONNACK [MQTT-3.1.4-4]',
  async ({ open, id, topic }) => {
    const client = await open();
    client.send(
      connectBytes({ clientId: id() }),
      packet('subscribe', [u16(7), text(topic()), byte(0)]),
      publishBytes({ topic: topic(), payload: 'early' }),
    );
    await client.expect('connack');
    await client.take('suback');
    expect(String((await client.receive()).payload)).toBe('early');
  },
);

overTransports(
  'processes nothing behind a CONNECT it rejects [MQTT-3.1.4-5]',
  async ({ open, connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    for (const clientId of ['x'.repeat(300), Buffer.from([0xff])]) {
      const client = await open();
      client.send(connectBytes({ clientId }), publishBytes({ topic: topic('no'), payload: 'x' }));
      await client.ended();
    }
    const publisher = await connect();
    expect(await messagesBefore(watcher, publisher, topic('marker'))).toEqual([]);
  },
);
