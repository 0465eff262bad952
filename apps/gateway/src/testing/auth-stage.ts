import type { CloseReason } from '@tributary/protocol';
import type { IAuthPacket, IConnectPacket, Packet } from 'mqtt-packet';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { ExchangeAnswer } from '../session/enhanced-auth.ts';
import type { DeviceDesk } from './device-desk.ts';
import { MqttDesk } from './mqtt-desk.ts';
import { Quiz } from './quiz.ts';

/** Reason codes of AUTH that devices send. */
export const CONTINUE = 0x18;
export const AGAIN = 0x19;

const refusal = (reason: CloseReason) => (): ExchangeAnswer => ({ kind: 'refused', reason });

const newQuiz = (): Quiz =>
  new Quiz('QUIZ', {
    'let me in': () => ({ kind: 'success', data: Buffer.from('welcome') }),
    'quietly': () => ({ kind: 'success' }),
    'hello': () => ({ kind: 'continue', data: Buffer.from('6 by 9?') }),
    '54': () => ({ kind: 'success', data: Buffer.from('right') }),
    '42': refusal('bad-credentials'),
    'busy': refusal('server-busy'),
    'break': () => {
      throw new Error('the quiz is broken');
    },
    'break later': () => Promise.reject(new Error('the quiz is broken')),
  });

/** A node with two methods: `QUIZ` judges at once, `SLOW` when the test decides. */
export class AuthStage {
  readonly quiz = newQuiz();
  readonly slow = new Quiz('SLOW', {
    hello: () => this.#judged(),
    more: () => this.#judged(),
    quietly: () => ({ kind: 'success' }),
  });
  /** What `SLOW` answers to what it was given last; an Error is its fault. */
  decide: (answer: ExchangeAnswer | Error) => void = () => {};
  /** Of the devices of a test. */
  clientId = '';
  #desk: MqttDesk | undefined;
  #count = 0;

  get desk(): MqttDesk {
    return this.#desk!;
  }

  async start(): Promise<void> {
    this.#desk = await MqttDesk.start([this.quiz, this.slow]);
  }

  /** Another device, and nothing asked yet. */
  nextTest(): void {
    this.clientId = `device-${++this.#count}`;
    this.quiz.given.length = 0;
    this.slow.given.length = 0;
  }

  #judged(): Promise<ExchangeAnswer> {
    return new Promise((resolve, reject) => {
      this.decide = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
    });
  }

  connect(method?: string, data?: string, more: Partial<IConnectPacket> = {}): IConnectPacket {
    const { clientId } = this;
    const properties = {
      ...(method === undefined ? {} : { authenticationMethod: method }),
      ...(data === undefined ? {} : { authenticationData: Buffer.from(data) }),
      ...more.properties,
    };
    return {
      ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId, clean: true, keepalive: 60 },
      ...more,
      properties,
    };
  }

  /** A device that is in, by the method. */
  async enter(method = 'QUIZ'): Promise<DeviceDesk> {
    const device = this.desk.device();
    device.send(this.connect(method, 'quietly'));
    expect(await next(device)).toEqual({ cmd: 'connack', reasonCode: 0, method });
    return device;
  }

  /** A device that was asked for more before its CONNACK. */
  async asked(): Promise<DeviceDesk> {
    const device = this.desk.device();
    device.send(this.connect('QUIZ', 'hello'));
    expect(await next(device)).toMatchObject({ cmd: 'auth', reasonCode: CONTINUE });
    return device;
  }
}

/** One node for the tests of a file. */
export function useAuthStage(): AuthStage {
  const stage = new AuthStage();
  beforeAll(() => stage.start());
  afterAll(() => stage.desk.stop());
  beforeEach(() => stage.nextTest());
  return stage;
}

export function auth(data?: string, reasonCode = CONTINUE, method = 'QUIZ'): IAuthPacket {
  const authenticationData = data === undefined ? {} : { authenticationData: Buffer.from(data) };
  return { cmd: 'auth', reasonCode, properties: { authenticationMethod: method, ...authenticationData } };
}

/** The next packet the device is told: what of it concerns authentication. */
export const next = async (device: DeviceDesk): Promise<unknown> => shortly(await device.next());
/** The same of all that it is told until the end. */
export const last = async (device: DeviceDesk): Promise<unknown[]> => (await device.last()).map(shortly);

function shortly(packet: Packet): unknown {
  const { cmd, reasonCode, properties } = packet as IAuthPacket;
  const { authenticationMethod: method, authenticationData: data } = properties ?? {};
  return {
    ...{ cmd, reasonCode },
    ...(method === undefined ? {} : { method }),
    ...(data === undefined ? {} : { data: data.toString() }),
  };
}
