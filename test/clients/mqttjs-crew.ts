import type { IClientOptions } from 'mqtt';
import { freshId, type Stage } from '../support/stage.ts';
import { JsClient } from './mqttjs.ts';
import type { Place } from './paho.ts';

/** The clients of one test, all at one place, with a topic and client ids of its own. */
export class Crew {
  /** The level below which this test has its topics. */
  readonly topic = freshId('t');
  readonly #url: string;
  readonly #place: Place;
  readonly #clients: JsClient[] = [];

  constructor(stage: Stage, place: Place) {
    this.#place = place;
    this.#url = place.transport === 'tcp' ? stage.gateway.mqttUrl : stage.gateway.wsUrl('/mqtt');
  }

  /** Connects a client; its id is the test's own and ends in `name`. */
  async connect(name = 'a', options: IClientOptions = {}): Promise<JsClient> {
    const client = await JsClient.connect(this.#url, {
      protocolVersion: this.#place.version,
      clientId: `${this.topic}-${name}`,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Connects a client into a session that outlives the connection. */
  resume(name = 'a', options: IClientOptions = {}): Promise<JsClient> {
    const properties = { sessionExpiryInterval: 600, ...options.properties };
    return this.connect(name, {
      ...options,
      clean: false,
      ...(this.#place.version === 5 ? { properties } : {}),
    });
  }

  /** Lets every client go. */
  async end(): Promise<void> {
    await Promise.all(this.#clients.map(({ client }) => client.endAsync(true)));
  }
}
