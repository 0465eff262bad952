import mqtt, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt';
import { until } from '../support/until.ts';

export type Properties = NonNullable<IPublishPacket['properties']>;

/** A message as the application got it. */
export interface Message {
  topic: string;
  payload: string;
  qos: number;
  retain: boolean;
  properties: Properties;
}

/** A client of the public library MQTT.js that keeps every message, and never returns by itself. */
export class JsClient {
  readonly client: MqttClient;
  readonly connack: IConnackPacket;
  readonly messages: Message[];
  #taken = 0;

  private constructor(client: MqttClient, connack: IConnackPacket, messages: Message[]) {
    this.client = client;
    this.connack = connack;
    this.messages = messages;
  }

  /** Connects and waits for CONNACK. @throws what the library says when it is refused */
  static async connect(url: string, options: IClientOptions): Promise<JsClient> {
    const client = mqtt.connect(url, { reconnectPeriod: 0, ...options });
    const messages: Message[] = [];
    // Messages of a session may come with CONNACK: nobody may come to listen too late.
    client.on('message', (topic, payload, { qos, retain, properties = {} }) => {
      messages.push({ topic, payload: payload.toString(), qos, retain, properties });
    });
    const connack = await new Promise<IConnackPacket>((resolve, reject) => {
      client.once('connect', resolve);
      client.on('error', reject); // for good: what a test breaks later is told by its 'close'
      client.once('close', () => reject(new Error('closed before CONNACK')));
    });
    return new JsClient(client, connack, messages);
  }

  get payloads(): string[] {
    return this.messages.map(({ payload }) => payload);
  }

  /** Waits for the oldest message that was not taken yet. */
  async take(): Promise<Message> {
    const message = await until(
      () => `message ${this.#taken + 1}; there are ${JSON.stringify(this.payloads)}`,
      () => this.messages[this.#taken],
      { everyMs: 2 },
    );
    this.#taken++;
    return message;
  }

  /** Takes so many messages. */
  async takeAll(count: number): Promise<Message[]> {
    const taken: Message[] = [];
    while (taken.length < count) taken.push(await this.take());
    return taken;
  }

  /** Takes the messages that come before one with this payload, which is taken too. */
  async takeBefore(payload: string): Promise<Message[]> {
    const taken: Message[] = [];
    for (;;) {
      const message = await this.take();
      if (message.payload === payload) return taken;
      taken.push(message);
    }
  }

  publish(
    topic: string,
    payload: string,
    qos: 0 | 1 | 2 = 1,
    more: { retain?: boolean; properties?: Properties } = {},
  ): Promise<unknown> {
    return this.client.publishAsync(topic, payload, { qos, ...more });
  }

  /** Publishes all, 32 at a time: the library does not keep to a server's Receive Maximum by itself. */
  async publishAll(topic: string, payloads: readonly string[], qos: 0 | 1 | 2): Promise<void> {
    for (let at = 0; at < payloads.length; at += 32)
      await Promise.all(payloads.slice(at, at + 32).map((payload) => this.publish(topic, payload, qos)));
  }

  /** Subscribes to a filter and answers what SUBACK granted. */
  async subscribe(
    filter: string,
    qos: 0 | 1 | 2 = 2,
    more: { nl?: boolean; rap?: boolean; rh?: number; identifier?: number } = {},
  ): Promise<number | undefined> {
    const { identifier, ...options } = more;
    const properties = identifier === undefined ? {} : { properties: { subscriptionIdentifier: identifier } };
    const [granted] = await this.client.subscribeAsync(filter, { qos, ...options, ...properties });
    return granted?.qos;
  }

  /** Ends the socket without DISCONNECT. */
  async drop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.client.once('close', resolve));
    this.client.stream.destroy();
    await closed;
  }

  /** Sends DISCONNECT and goes. */
  async leave(
    options: { reasonCode?: number; properties?: { sessionExpiryInterval?: number } } = {},
  ): Promise<void> {
    await this.client.endAsync(false, options);
  }
}
