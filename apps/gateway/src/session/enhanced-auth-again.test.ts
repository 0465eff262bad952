import type { Packet } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { AGAIN, auth, CONTINUE, last, next, useAuthStage } from '../testing/auth-stage.ts';
import { turns } from '../testing/device-desk.ts';

const stage = useAuthStage();

test('AUTH 0x19 begins a new exchange, which AUTH 0x00 ends; as often as the device wants [MQTT-4.12.1-1]', async () => {
  const device = await stage.enter();
  for (let times = 0; times < 2; times++) {
    device.send(auth('hello', AGAIN));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ', data: '6 by 9?' });
    device.send(auth('54'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x00, method: 'QUIZ', data: 'right' });
  }
  device.send(auth('quietly', AGAIN));
  expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x00, method: 'QUIZ' });
  expect(stage.quiz.given.every((given) => given.startsWith(`${stage.clientId}: `))).toBe(true);
});

test('other packets go on meanwhile, whoever is to speak next (section 4.12.1)', async () => {
  const device = await stage.enter('SLOW');
  const goesOn = async (messageId: number): Promise<void> => {
    device.send({ cmd: 'publish', topic: 'a', payload: 'x', qos: 1, messageId, dup: false, retain: false });
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId });
    device.send({ cmd: 'pingreq' });
    expect(await device.next()).toMatchObject({ cmd: 'pingresp' });
  };
  device.send(auth('hello', AGAIN, 'SLOW'));
  await goesOn(1);
  stage.decide({ kind: 'continue' });
  expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'SLOW' });
  await goesOn(2);
  device.send(auth('more', CONTINUE, 'SLOW'));
  await goesOn(3);
  stage.decide({ kind: 'success' });
  expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x00, method: 'SLOW' });
  await goesOn(4);
});

test.each([
  ['busy', 'server-busy', 0x89],
  // 0x86 is a code of CONNACK alone.
  ['42', 'not-authorized', 0x87],
] as const)(
  'a refusal (%s) ends the connection with DISCONNECT [MQTT-4.12.1-2]',
  async (data, reason, reasonCode) => {
    const before = stage.desk.ended(reason);
    const device = await stage.enter();
    device.send(auth('hello', AGAIN));
    await device.next();
    device.send(auth(data));
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode }]);
    expect(stage.desk.ended(reason)).toBe(before + 1);
  },
);

test('a device may leave meanwhile', async () => {
  const before = stage.desk.ended('normal');
  const device = await stage.enter('SLOW');
  device.send(auth('hello', AGAIN, 'SLOW'), { cmd: 'disconnect', reasonCode: 0 });
  expect(await last(device)).toEqual([]);
  stage.decide({ kind: 'refused', reason: 'not-authorized' });
  await turns();
  expect(stage.desk.ended('normal')).toBe(before + 1);
  expect(stage.desk.bugs).toEqual([]);
});

const wrong: readonly [what: string, packets: Packet[]][] = [
  ['a second one while one runs', [auth('hello', AGAIN, 'SLOW'), auth('hello', AGAIN, 'SLOW')]],
  ['an answer before the question', [auth('hello', AGAIN, 'SLOW'), auth('more', CONTINUE, 'SLOW')]],
  ['an answer that nobody asked for', [auth('more', CONTINUE, 'SLOW')]],
  ['another method [MQTT-4.12.1-1]', [auth('hello', AGAIN, 'QUIZ')]],
];
test.each(wrong)('%s is a protocol error', async (_, packets) => {
  const device = await stage.enter('SLOW');
  device.send(...packets);
  expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
});

test.each([
  ['a second one', auth('hello', AGAIN)],
  ['an answer of another method [MQTT-4.12.0-5]', auth('54', CONTINUE, 'SLOW')],
])('where an answer is due, %s is a protocol error', async (_, packet) => {
  const device = await stage.enter();
  device.send(auth('hello', AGAIN));
  await device.next();
  device.send(packet);
  expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
});

test('a second answer to one question is a protocol error', async () => {
  const device = await stage.enter('SLOW');
  device.send(auth('hello', AGAIN, 'SLOW'));
  await turns();
  stage.decide({ kind: 'continue' });
  await device.next();
  device.send(auth('more', CONTINUE, 'SLOW'), auth('more', CONTINUE, 'SLOW'));
  expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
});

test('after its end, an answer is a protocol error', async () => {
  const device = await stage.enter();
  device.send(auth('let me in', AGAIN));
  await device.next();
  device.send(auth('54'));
  expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
});

test.each(['break', 'break later'])('a method that fails (%s) is a fault of ours, 0x83', async (data) => {
  const device = await stage.enter();
  device.send(auth(data, AGAIN));
  expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x83 }]);
  expect(stage.desk.bugs.splice(0)).toEqual([new Error('the quiz is broken')]);
});
