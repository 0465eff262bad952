import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';

/** What a device speaks. */
export type Speech = 'mqtt' | 'mqtt-ws' | 'plain';

/** Between two messages: four in a second, so that a window of five seconds holds twenty. */
const everyMs = 250;
/** Between two looks at what came: what the gateway measures of the answer is the link, not this. */
const answerMs = 5;

/**
 * A device that goes on sending messages to be stored. One that speaks MQTT also subscribes to what it sends, so that
 * the gateway has something for it to acknowledge.
 */
export class ChattyDevice {
  readonly clientId: string;
  readonly speech: Speech;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #leave: () => Promise<void>;

  private constructor(
    [clientId, speech]: [string, Speech],
    timers: readonly NodeJS.Timeout[],
    leave: () => Promise<void>,
  ) {
    this.clientId = clientId;
    this.speech = speech;
    this.#timers = timers;
    this.#leave = leave;
  }

  /** Connects through a port of this machine and begins to send. */
  static start(clientId: string, speech: Speech, port: number): Promise<ChattyDevice> {
    return speech === 'plain'
      ? ChattyDevice.#plain(clientId, port)
      : ChattyDevice.#mqtt(clientId, speech, port);
  }

  static async #plain(clientId: string, port: number): Promise<ChattyDevice> {
    const device = await PlainDevice.hello(`ws://127.0.0.1:${port}/ws`, clientId);
    let id = 0;
    const send = (): void => {
      id += 1;
      device.send({ type: 'publish', id, topic: 'readings', payload: String(id) });
    };
    return new ChattyDevice([clientId, 'plain'], [setInterval(send, everyMs)], () => device.leave());
  }

  static async #mqtt(clientId: string, speech: 'mqtt' | 'mqtt-ws', port: number): Promise<ChattyDevice> {
    const client = await RawMqtt.open(speech === 'mqtt' ? 'tcp' : 'ws', port);
    await client.connect(clientId);
    const topic = `echo/${clientId}`;
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await client.take('suback');
    let sent = 0;
    const send = (): void => {
      sent += 1;
      client.send(publishPacket(topic, String(sent), 1, 1 + (sent % 60_000)));
    };
    const timers = [setInterval(send, everyMs), setInterval(acknowledging(client), answerMs)];
    return new ChattyDevice([clientId, speech], timers, () => client.leave());
  }

  /** Falls silent and leaves. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#leave();
  }
}

/** Acknowledges what came since it was called last. */
function acknowledging(client: RawMqtt): () => void {
  let seen = 0;
  return () => {
    for (const packet of client.packets.slice(seen)) {
      if (packet.cmd !== 'publish' || packet.messageId === undefined) continue;
      client.send({ cmd: 'puback', messageId: packet.messageId });
    }
    seen = client.packets.length;
  };
}
