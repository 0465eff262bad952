import { encodeControl, type CloseReason } from '@tributary/protocol';
import type { IAuthPacket, IConnectPacket, Packet } from 'mqtt-packet';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DeviceDesk, MqttDesk, turns } from '../testing/mqtt-desk.ts';
import { Quiz } from '../testing/quiz.ts';
import type { ExchangeAnswer } from './enhanced-auth.ts';

/** Judges in the same turn. */
let quiz: Quiz;
/** Takes its time: each answer waits for `decide`. */
let slow: Quiz;
let decide: (answer: ExchangeAnswer | Error) => void;
let desk: MqttDesk;
let clientId: string;
let count = 0;

const text = (said: string): Buffer => Buffer.from(said);
const refusal = (reason: CloseReason) => (): ExchangeAnswer => ({ kind: 'refused', reason });

beforeAll(async () => {
  quiz = new Quiz('QUIZ', {
    'let me in': () => ({ kind: 'success', data: text('welcome') }),
    'quietly': () => ({ kind: 'success' }),
    'hello': () => ({ kind: 'continue', data: text('6 by 9?') }),
    '54': () => ({ kind: 'success', data: text('right') }),
    '42': refusal('bad-credentials'),
    'busy': refusal('server-busy'),
    'break': () => {
      throw new Error('the quiz is broken');
    },
    'break later': () => Promise.reject(new Error('the quiz is broken')),
  });
  const judged = (): Promise<ExchangeAnswer> =>
    new Promise((resolve, reject) => {
      decide = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
    });
  slow = new Quiz('SLOW', {
    '': judged,
    'hello': judged,
    'more': judged,
    'quietly': () => ({ kind: 'success' }),
  });
  desk = await MqttDesk.start([quiz, slow]);
});
afterAll(() => desk.stop());
beforeEach(() => {
  clientId = `device-${++count}`;
  quiz.given.length = 0;
  slow.given.length = 0;
});

const AGAIN = 0x19;
const CONTINUE = 0x18;

function auth(data?: string, reasonCode = CONTINUE, authenticationMethod = 'QUIZ'): IAuthPacket {
  const properties = {
    authenticationMethod,
    ...(data === undefined ? {} : { authenticationData: text(data) }),
  };
  return { cmd: 'auth', reasonCode, properties };
}

function connect(method?: string, data?: string, more: Partial<IConnectPacket> = {}): IConnectPacket {
  const properties = {
    ...(method === undefined ? {} : { authenticationMethod: method }),
    ...(data === undefined ? {} : { authenticationData: text(data) }),
    ...more.properties,
  };
  return {
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId, clean: true, keepalive: 60 },
    ...more,
    properties,
  };
}

/** The packet, with what concerns authentication. */
function shortly(packet: Packet): unknown {
  const { cmd } = packet;
  const { reasonCode } = packet as IAuthPacket;
  const { authenticationMethod: method, authenticationData } = (packet as IAuthPacket).properties ?? {};
  return {
    cmd,
    reasonCode,
    ...(method === undefined ? {} : { method }),
    ...(authenticationData === undefined ? {} : { data: authenticationData.toString() }),
  };
}
const next = async (device: DeviceDesk): Promise<unknown> => shortly(await device.next());
const last = async (device: DeviceDesk): Promise<unknown[]> => (await device.last()).map(shortly);

/** A device that is in, by the method. */
async function enter(method = 'QUIZ'): Promise<DeviceDesk> {
  const device = desk.device();
  device.send(connect(method, 'quietly'));
  expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method });
  return device;
}

/** A device that was asked for more. */
async function asked(): Promise<DeviceDesk> {
  const device = desk.device();
  device.send(connect('QUIZ', 'hello'));
  expect(await next(device)).toMatchObject({ cmd: 'auth', reasonCode: CONTINUE });
  return device;
}

describe('before CONNACK', () => {
  test('a method that is content at once lets the device in, and CONNACK says the method and its last data [MQTT-4.12.0-5]', async () => {
    const device = desk.device();
    device.send(connect('QUIZ', 'let me in'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ', data: 'welcome' });
    expect(quiz.given).toEqual([`${clientId}: let me in`]);
    expect(await desk.isClaimed(clientId)).toBe(true);
    device.send({ cmd: 'pingreq' });
    expect(await device.next()).toMatchObject({ cmd: 'pingresp' });
  });

  test('asks with AUTH 0x18 as often as the method wants and then lets the device in; each packet says the method of CONNECT [MQTT-4.12.0-2] [MQTT-4.12.0-5]', async () => {
    const device = desk.device();
    device.send(connect('QUIZ', 'hello'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ', data: '6 by 9?' });
    expect(await desk.isClaimed(clientId)).toBe(false);
    device.send(auth('maybe 50'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ' });
    device.send(auth('54'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ', data: 'right' });
    expect(quiz.given).toEqual(['hello', 'maybe 50', '54'].map((data) => `${clientId}: ${data}`));
  });

  test('a device need not send data, neither in CONNECT nor in AUTH', async () => {
    const device = desk.device();
    device.send(connect('QUIZ'));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ' });
    device.send(auth());
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ' });
    device.send(auth('quietly'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ' });
    expect(quiz.given).toEqual(['-', '-', 'quietly'].map((data) => `${clientId}: ${data}`));
  });

  test('a device without a client id shows that it is the one assigned to it', async () => {
    const device = desk.device();
    device.send(connect('QUIZ', 'let me in', { clientId: '' }));
    const connack = await device.next();
    const { assignedClientIdentifier: assigned } = (connack as { properties: Record<string, unknown> })
      .properties;
    expect(quiz.given).toEqual([`${String(assigned)}: let me in`]);
  });

  test.each([
    ['at once', [], '42', 0x86],
    ['after a question', ['hello'], '42', 0x86],
    ['with a reason of its own', ['hello'], 'busy', 0x89],
  ])(
    'refuses %s with CONNACK and ends the connection; Redis hears nothing of it [MQTT-4.12.0-4]',
    async (_, before, data, reasonCode) => {
      const device = desk.device();
      const said = [...before, data];
      device.send(connect('QUIZ', said[0]));
      for (const answer of said.slice(1)) {
        await device.next();
        device.send(auth(answer));
      }
      expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode }]);
      expect(await desk.isClaimed(clientId)).toBe(false);
      expect(desk.greeting.size).toBe(0);
    },
  );

  test('a method nobody offers is refused with 0x8C [MQTT-4.12.0-1]', async () => {
    const device = desk.device();
    device.send(connect('quiz', 'let me in'));
    expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode: 0x8c }]);
  });

  test.each(['break', 'break later'])('a method that fails (%s) is a fault of ours, 0x83', async (data) => {
    const device = await asked();
    device.send(auth(data));
    expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode: 0x83 }]);
    expect(desk.logged('handshake failed').at(-1)).toMatchObject({ err: { message: 'the quiz is broken' } });
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
    ['a second CONNECT [MQTT-3.1.0-2]', { ...connect('QUIZ', 'let me in'), clientId: 'other' }, 0x82],
    ['a second CONNECT that is broken [MQTT-3.1.0-2]', Buffer.from([0x11, 0]), 0x82],
    ['AUTH to authenticate again [MQTT-4.12.0-3]', auth('54', AGAIN), 0x82],
    ['AUTH of another method [MQTT-4.12.0-5]', auth('54', CONTINUE, 'SLOW'), 0x82],
    ['AUTH without a method [MQTT-4.12.0-5]', Buffer.from([0xf0, 2, 0x18, 0]), 0x82],
    ['AUTH with reserved flags [MQTT-3.15.1-1]', Buffer.from([0xf1, 0]), 0x81],
  ];
  test.each(wrong)('where AUTH is due, %s ends the attempt', async (_, packet, reasonCode) => {
    const device = await asked();
    device.send(packet);
    expect(await last(device)).toEqual([{ cmd: 'connack', reasonCode }]);
    expect(quiz.given).toEqual([`${clientId}: hello`]);
    expect(await desk.isClaimed(clientId)).toBe(false);
  });

  test.each([
    ['normal', 0x00],
    ['device-error', 0x80],
  ] as const)('a device may leave with DISCONNECT: %s', async (reason, reasonCode) => {
    const before = desk.ended(reason);
    const device = await asked();
    device.send({ cmd: 'disconnect', reasonCode });
    expect(await last(device)).toEqual([]);
    await turns();
    expect(desk.ended(reason)).toBe(before + 1);
  });

  test('a device that takes less than an AUTH of ours is let go', async () => {
    const before = desk.ended('too-large');
    const device = desk.device();
    device.send(connect('QUIZ', 'hello', { properties: { maximumPacketSize: 8 } }));
    expect(await last(device)).toEqual([]);
    await turns();
    expect(desk.ended('too-large')).toBe(before + 1);
  });
});

describe('reading before CONNACK', () => {
  test('one packet is read for each question, and reading pauses again', async () => {
    const device = desk.device();
    device.send(connect('SLOW', 'hello'), auth('more', CONTINUE, 'SLOW'), auth('more', CONTINUE, 'SLOW'));
    await turns();
    expect(slow.given).toEqual([`${clientId}: hello`]);
    expect(device.transport.isPaused).toBe(true);
    decide({ kind: 'continue' });
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'SLOW' });
    await turns();
    expect(slow.given).toHaveLength(2);
    expect(device.transport.isPaused).toBe(true);
    decide({ kind: 'continue' });
    await device.next();
    expect(slow.given).toHaveLength(3);
    decide({ kind: 'success' });
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'SLOW' });
    expect(device.transport.isPaused).toBe(false);
    expect(desk.counters.paused).toBe(0);
  });

  test('an AUTH may come byte by byte', async () => {
    const device = await asked();
    for (const byte of encodeControl(auth('54'), 5)) {
      expect(device.transport.isPaused).toBe(false);
      device.send(Buffer.from([byte]));
      await turns();
    }
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method: 'QUIZ', data: 'right' });
  });

  test('the data given to a method is its own: the socket may use the bytes again', async () => {
    const device = desk.device();
    const bytes = encodeControl(connect('QUIZ', 'hello'), 5);
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
    const before = desk.ended('handshake-timeout');
    const device = await asked();
    desk.passHandshake();
    expect(await last(device)).toEqual([]);
    await turns();
    expect(desk.ended('handshake-timeout')).toBe(before + 1);
    expect(desk.greeting.size).toBe(0);
  });

  test('for one that keeps answering', async () => {
    const device = await asked();
    for (let answers = 0; !device.transport.isClosed && answers < 100; answers++) {
      device.send(auth('maybe'));
      desk.pass(1000);
      await turns();
    }
    expect(quiz.given.length).toBeLessThanOrEqual(12);
    expect((await device.last()).map(({ cmd }) => cmd)).not.toContain('connack');
  });

  test('for a method that takes too long, whose answer is then of no use', async () => {
    const before = desk.ended('handshake-timeout');
    const device = desk.device();
    device.send(connect('SLOW', 'hello'));
    await turns();
    desk.passHandshake();
    await turns();
    expect(desk.ended('handshake-timeout')).toBe(before + 1);
    decide({ kind: 'success' });
    expect(await device.soFar()).toEqual([]);
    expect(await desk.isClaimed(clientId)).toBe(false);
  });
});

test.each([
  ['asked for more', { kind: 'continue' }],
  ['let in', { kind: 'success' }],
  ['refused', { kind: 'refused', reason: 'not-authorized' }],
  ['met by a fault', new Error('the quiz is broken')],
] as const)('a device that is gone before it is %s is counted as lost, once', async (_, answer) => {
  const [lost, refused] = [desk.ended('connection-lost'), desk.counters.refused];
  const device = desk.device();
  device.send(connect('SLOW', 'hello'));
  await turns();
  device.transport.lose();
  decide(answer);
  expect(await device.soFar()).toEqual([]);
  expect(desk.ended('connection-lost')).toBe(lost + 1);
  expect(desk.counters.refused).toBe(refused);
  expect(desk.greeting.size).toBe(0);
  expect(await desk.isClaimed(clientId)).toBe(false);
});

describe('without a method in CONNECT', () => {
  test('there is none in CONNACK, and no AUTH of ours [MQTT-4.12.0-6]', async () => {
    const device = desk.device();
    device.send(connect());
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0 });
    expect(await device.soFar()).toEqual([]);
  });

  test.each([CONTINUE, AGAIN])('AUTH %i is a protocol error [MQTT-4.12.0-7]', async (reasonCode) => {
    const device = desk.device();
    device.send(connect());
    await device.next();
    device.send(auth('let me in', reasonCode));
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
  });
});

describe('again', () => {
  test('AUTH 0x19 begins a new exchange, which AUTH 0x00 ends; as often as the device wants [MQTT-4.12.1-1]', async () => {
    const device = await enter();
    for (let times = 0; times < 2; times++) {
      device.send(auth('hello', AGAIN));
      expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'QUIZ', data: '6 by 9?' });
      device.send(auth('54'));
      expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x00, method: 'QUIZ', data: 'right' });
    }
    device.send(auth('quietly', AGAIN));
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x00, method: 'QUIZ' });
    expect(quiz.given.every((given) => given.startsWith(`${clientId}: `))).toBe(true);
  });

  test('other packets go on meanwhile, whoever is to speak next (section 4.12.1)', async () => {
    const device = await enter('SLOW');
    const goesOn = async (messageId: number): Promise<void> => {
      device.send({ cmd: 'publish', topic: 'a', payload: 'x', qos: 1, messageId, dup: false, retain: false });
      expect(await device.next()).toMatchObject({ cmd: 'puback', messageId });
      device.send({ cmd: 'pingreq' });
      expect(await device.next()).toMatchObject({ cmd: 'pingresp' });
    };
    device.send(auth('hello', AGAIN, 'SLOW'));
    await goesOn(1);
    decide({ kind: 'continue' });
    expect(await next(device)).toEqual({ cmd: 'auth', reasonCode: 0x18, method: 'SLOW' });
    await goesOn(2);
    device.send(auth('more', CONTINUE, 'SLOW'));
    await goesOn(3);
    decide({ kind: 'success' });
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
      const before = desk.ended(reason);
      const device = await enter();
      device.send(auth('hello', AGAIN));
      await device.next();
      device.send(auth(data));
      expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode }]);
      expect(desk.ended(reason)).toBe(before + 1);
    },
  );

  test('a device may leave meanwhile', async () => {
    const before = desk.ended('normal');
    const device = await enter('SLOW');
    device.send(auth('hello', AGAIN, 'SLOW'), { cmd: 'disconnect', reasonCode: 0 });
    expect(await last(device)).toEqual([]);
    decide({ kind: 'refused', reason: 'not-authorized' });
    await turns();
    expect(desk.ended('normal')).toBe(before + 1);
    expect(desk.bugs).toEqual([]);
  });

  const wrong: readonly [what: string, packets: Packet[]][] = [
    ['a second one while one runs', [auth('hello', AGAIN, 'SLOW'), auth('hello', AGAIN, 'SLOW')]],
    ['an answer before the question', [auth('hello', AGAIN, 'SLOW'), auth('more', CONTINUE, 'SLOW')]],
    ['an answer that nobody asked for', [auth('more', CONTINUE, 'SLOW')]],
    ['another method [MQTT-4.12.1-1]', [auth('hello', AGAIN, 'QUIZ')]],
  ];
  test.each(wrong)('%s is a protocol error', async (_, packets) => {
    const device = await enter('SLOW');
    device.send(...packets);
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
  });

  test.each([
    ['a second one', auth('hello', AGAIN)],
    ['an answer of another method [MQTT-4.12.0-5]', auth('54', CONTINUE, 'SLOW')],
  ])('where an answer is due, %s is a protocol error', async (_, packet) => {
    const device = await enter();
    device.send(auth('hello', AGAIN));
    await device.next();
    device.send(packet);
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
  });

  test('after its end, an answer is a protocol error', async () => {
    const device = await enter();
    device.send(auth('let me in', AGAIN));
    await device.next();
    device.send(auth('54'));
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x82 }]);
  });

  test.each(['break', 'break later'])('a method that fails (%s) is a fault of ours, 0x83', async (data) => {
    const device = await enter();
    device.send(auth(data, AGAIN));
    expect(await last(device)).toEqual([{ cmd: 'disconnect', reasonCode: 0x83 }]);
    expect(desk.bugs.splice(0)).toEqual([new Error('the quiz is broken')]);
  });
});
