import type { Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { AGAIN, auth, CONTINUE, last, next, useAuthStage } from '../testing/auth-stage.ts';
import { turns } from '../testing/device-desk.ts';

const stage = useAuthStage();

describe('before CONNACK', () => {
  test('a method that is content at once lets the device in, and CONNACK says the method and its last data [MQTT-4.12.0-5]', async () => {
    const device = stage.desk.device();
    device.send(stage.connect('QUIZ', 'let me in'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ', data: 'welcome' });
    expect(stage.quiz.given).toEqual([`${stage.clientId}: let me in`]);
    expect(await stage.desk.isClaimed(stage.clientId)).toBe(true);
    device.send({ cmd: 'pingreq' });
    expect(await device.next()).toMatchObject({ cmd: 'pingresp' });
  });

  test('asks with AUTH 0x18 as often as the method wants and then lets the device in; each packet says the method of CONNECT [MQTT-4.12.0-2] [MQTT-4.12.0-5]', async () => {
    const device = stage.desk.device();
    device.send(stage.connect('QUIZ', 'hello'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ', data: '6 by 9?' });
    expect(await stage.desk.isClaimed(stage.clientId)).toBe(false);
    device.send(auth('maybe 50'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ' });
    device.send(auth('54'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ', data: 'right' });
    expect(stage.quiz.given).toEqual(['hello', 'maybe 50', '54'].map((data) => `${stage.clientId}: ${data}`));
  });

  test('a device need not send data, neither in CONNECT nor in AUTH', async () => {
    const device = stage.desk.device();
    device.send(stage.connect('QUIZ'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ' });
    device.send(auth());
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ' });
    device.send(auth('quietly'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ' });
    expect(stage.quiz.given).toEqual(['-', '-', 'quietly'].map((data) => `${stage.clientId}: ${data}`));
  });

  test('a device without a client id shows that it is the one assigned to it', async () => {
    const device = stage.desk.device();
    device.send(stage.connect('QUIZ', 'let me in', { clientId: '' }));
    const connack = await device.next();
    const { assignedClientIdentifier: assigned } = (connack as { properties: Record<string, unknown> })
      .properties;
    expect(stage.quiz.given).toEqual([`${String(assigned)}: let me in`]);
  });

  test.each([
    ['at once', [], '42', 0x86],
    ['after a question', ['hello'], '42', 0x86],
    ['with a reason of its own', ['hello'], 'busy', 0x89],
  ])(
    'refuses %s with CONNACK and ends the connection; Redis hears nothing of it [MQTT-4.12.0-4]',
    async (_, before, data, reasonCode) => {
      const device = stage.desk.device();
      const said = [...before, data];
      device.send(stage.connect('QUIZ', said[0]));
      for (const answer of said.slice(1)) {
        await device.next();
        device.send(auth(answer));
      }
      expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode }]);
      expect(await stage.desk.isClaimed(stage.clientId)).toBe(false);
      expect(stage.desk.greeting.size).toBe(0);
    },
  );

  test('a method nobody offers is refused with 0x8C [MQTT-4.12.0-1]', async () => {
    const device = stage.desk.device();
    device.send(stage.connect('quiz', 'let me in'));
    expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode: 0x8c }]);
  });

  test.each(['break', 'break later'])('a method that fails (%s) is a fault of ours, 0x83', async (data) => {
    const device = await stage.asked();
    device.send(auth(data));
    expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode: 0x83 }]);
    expect(stage.desk.logged('handshake failed').at(-1)).toMatchObject({
      err: { message: 'the quiz is broken' },
    });
  });

  const wrong: readonly [what: string, packet: Packet | Buffer, reasonCode: number][] = [
    ['PINGREQ [MQTT-3.1.2-30]', { cmd: 'pingreq' }, 0x82],
    [
      'SUBSCRIBE [MQTT-3.1.2-30]',
      { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 0 }] } as Packet,
      0x82,
    ],
    [
      'PUBLISH [MQTT-3.1.2-30]',
      { cmd: 'publish', topic: 'a', payload: 'x', qos: 0, dup: false, retain: false },
      0x82,
    ],
    ['a second CONNECT [MQTT-3.1.0-2]', stage.connect('QUIZ', 'let me in', { clientId: 'other' }), 0x82],
    ['a second CONNECT that is broken [MQTT-3.1.0-2]', Buffer.from([0x11, 0]), 0x82],
    ['AUTH to authenticate again [MQTT-4.12.0-3]', auth('54', AGAIN), 0x82],
    ['AUTH of another method [MQTT-4.12.0-5]', auth('54', CONTINUE, 'SLOW'), 0x82],
    ['AUTH without a method [MQTT-4.12.0-5]', Buffer.from([0xf0, 2, 0x18, 0]), 0x82],
    ['AUTH with reserved flags [MQTT-3.15.1-1]', Buffer.from([0xf1, 0]), 0x81],
  ];
  test.each(wrong)('where AUTH is due, %s ends the attempt', async (_, packet, reasonCode) => {
    const device = await stage.asked();
    device.send(packet);
    expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode }]);
    expect(stage.quiz.given).toEqual([`${stage.clientId}: hello`]);
    expect(await stage.desk.isClaimed(stage.clientId)).toBe(false);
  });

  test.each([
    ['normal', 0x00],
    ['device-error', 0x80],
  ] as const)('a device may leave with DISCONNECT: %s', async (reason, reasonCode) => {
    const before = stage.desk.ended(reason);
    const device = await stage.asked();
    device.send({ cmd: 'disconnect', reasonCode });
    expect(await last(device)).toEqual([]);
    await turns();
    expect(stage.desk.ended(reason)).toBe(before + 1);
    expect(stage.quiz.given).toEqual([`${stage.clientId}: hello`]);
  });

  test('a device that takes less than an AUTH of ours is let go', async () => {
    const before = stage.desk.ended('too-large');
    const device = stage.desk.device();
    device.send(stage.connect('QUIZ', 'hello', { properties: { maximumPacketSize: 8 } }));
    expect(await last(device)).toEqual([]);
    await turns();
    expect(stage.desk.ended('too-large')).toBe(before + 1);
  });
});

describe('without a method in CONNECT', () => {
  test('there is none in CONNACK, and no AUTH of ours [MQTT-4.12.0-6]', async () => {
    const device = stage.desk.device();
    device.send(stage.connect());
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0 });
    expect(await device.soFar()).toEqual([]);
  });

  test.each([CONTINUE, AGAIN])('AUTH %i is a protocol error [MQTT-4.12.0-7]', async (reasonCode) => {
    const device = stage.desk.device();
    device.send(stage.connect());
    await device.next();
    device.send(auth('let me in', reasonCode));
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
  });
});
