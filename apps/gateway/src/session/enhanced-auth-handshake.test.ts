import { encodeControl } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { auth, CONTINUE, last, next, useAuthStage } from '../testing/auth-stage.ts';
import { turns } from '../testing/device-desk.ts';

const stage = useAuthStage();

describe('reading before CONNACK', () => {
  test('one packet is read for each question, and reading pauses again', async () => {
    const device = stage.desk.device();
    device.send(
      stage.connect('SLOW', 'hello'),
      auth('more', CONTINUE, 'SLOW'),
      auth('more', CONTINUE, 'SLOW'),
    );
    await turns();
    expect(stage.slow.given).toEqual([`${stage.clientId}: hello`]);
    expect(device.transport.isPaused).toBe(true);
    stage.decide({ kind: 'continue' });
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'SLOW' });
    await turns();
    expect(stage.slow.given).toHaveLength(2);
    expect(device.transport.isPaused).toBe(true);
    stage.decide({ kind: 'continue' });
    await device.next();
    expect(stage.slow.given).toHaveLength(3);
    stage.decide({ kind: 'success' });
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'SLOW' });
    expect(device.transport.isPaused).toBe(false);
    expect(stage.desk.counters.paused).toBe(0);
  });

  test('an AUTH may come byte by byte', async () => {
    const device = await stage.asked();
    for (const byte of encodeControl(auth('54'), 5)) {
      expect(device.transport.isPaused).toBe(false);
      device.send(Buffer.from([byte]));
      await turns();
    }
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ', data: 'right' });
  });

  test('the data given to a method is its own: the socket may use the bytes again', async () => {
    const device = stage.desk.device();
    const bytes = encodeControl(stage.connect('QUIZ', 'hello'), 5);
    device.send(bytes);
    await device.next();
    const answer = encodeControl(auth('54'), 5);
    device.transport.arrive(answer);
    answer.fill(0);
    expect(await next(device)).toMatchObject({ cmd: 'connack', reasonCode: 0 });
  });
});

describe('the deadline of the handshake goes on', () => {
  test('for a device that does not answer', async () => {
    const before = stage.desk.ended('handshake-timeout');
    const device = await stage.asked();
    stage.desk.passHandshake();
    expect(await last(device)).toEqual([]);
    await turns();
    expect(stage.desk.ended('handshake-timeout')).toBe(before + 1);
    expect(stage.desk.greeting.size).toBe(0);
  });

  test('for one that keeps answering', async () => {
    const device = await stage.asked();
    for (let answers = 0; !device.transport.isClosed && answers < 100; answers++) {
      device.send(auth('maybe'));
      stage.desk.pass(1000);
      await turns();
    }
    expect(stage.quiz.given.length).toBeLessThanOrEqual(12);
    expect((await device.last()).map(({ cmd }) => cmd)).not.toContain('connack');
  });

  test('for a method that takes too long, whose answer is then of no use', async () => {
    const before = stage.desk.ended('handshake-timeout');
    const device = stage.desk.device();
    device.send(stage.connect('SLOW', 'hello'));
    await turns();
    stage.desk.passHandshake();
    await turns();
    expect(stage.desk.ended('handshake-timeout')).toBe(before + 1);
    stage.decide({ kind: 'success' });
    expect(await device.soFar()).toEqual([]);
    expect(await stage.desk.isClaimed(stage.clientId)).toBe(false);
  });
});

test.each([
  ['asked for more', { kind: 'continue' }],
  ['let in', { kind: 'success' }],
  ['refused', { kind: 'refused', reason: 'not-authorized' }],
  ['met by a fault', new Error('the quiz is broken')],
] as const)('a device that is gone before it is %s is counted as lost, once', async (_, answer) => {
  const [lost, refused] = [stage.desk.ended('connection-lost'), stage.desk.counters.refused];
  const device = stage.desk.device();
  device.send(stage.connect('SLOW', 'hello'));
  await turns();
  device.transport.lose();
  stage.decide(answer);
  expect(await device.soFar()).toEqual([]);
  expect(stage.desk.ended('connection-lost')).toBe(lost + 1);
  expect(stage.desk.counters.refused).toBe(refused);
  expect(stage.desk.greeting.size).toBe(0);
  expect(await stage.desk.isClaimed(stage.clientId)).toBe(false);
});
