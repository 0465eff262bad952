import { adviceOf, type CloseReason } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { DeviceConnection } from '../connection/device-connection.ts';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import type { Counters } from '../counters.ts';
import { deviceGreeting } from './handshake/device-greeting.ts';
import type { Greeting } from './handshake/greeting.ts';
import { shakeHands } from './handshake/handshake.ts';
import { mqttGreeting, unsupportedConnect } from './handshake/mqtt-greeting.ts';
import type { HandshakeServices } from './handshake/services.ts';
import type { MqttSessionServices } from './mqtt-session.ts';

/** Before a session exists, what is asked of it is a fault of ours: the state machine lets nothing through. */
function notYet(): never {
  throw new Error('a packet before the session');
}

/** Lets devices in: wires a fresh connection to its handshake. */
export class Sessions {
  #handshake: HandshakeServices;
  #mqtt: MqttSessionServices;
  readonly #counters: Counters;
  readonly #logger: Logger;

  constructor(handshake: HandshakeServices, mqtt: MqttSessionServices, logger: Logger) {
    this.#handshake = handshake;
    this.#mqtt = mqtt;
    this.#counters = handshake.counters;
    this.#logger = logger;
  }

  /** Takes other settings, for devices that come from now on: the others keep what they were told. */
  configure(handshake: Partial<HandshakeServices>, mqtt: Partial<MqttSessionServices>): void {
    this.#handshake = { ...this.#handshake, ...handshake };
    this.#mqtt = { ...this.#mqtt, ...mqtt };
  }

  acceptMqtt(connection: MqttConnection): void {
    this.#handshake.greeting.add(connection);
    connection.onEnded = (reason, detail) => this.#endedEarly(connection, reason, detail);
    connection.handler = {
      onConnect: (packet) => {
        const greeting = mqttGreeting(connection, packet, this.#mqtt);
        const unsupported = unsupportedConnect(packet, connection, this.#mqtt);
        this.#shakeHands(connection, greeting, unsupported);
      },
      onPacket: notYet,
    };
  }

  acceptDevice(connection: DeviceConnection): void {
    this.#handshake.greeting.add(connection);
    connection.onEnded = (reason, detail) => this.#endedEarly(connection, reason, detail);
    connection.handler = {
      onHello: (frame) =>
        this.#shakeHands(connection, deviceGreeting(connection, frame, this.#mqtt), undefined),
      onFrame: notYet,
    };
  }

  #shakeHands(
    connection: MqttConnection | DeviceConnection,
    greeting: Greeting,
    unsupported?: CloseReason,
  ): void {
    const services =
      unsupported === undefined ? this.#handshake : { ...this.#handshake, closedFor: () => unsupported };
    void shakeHands(connection, greeting, services);
  }

  /** A connection that ended before it said who it is. */
  #endedEarly(
    connection: MqttConnection | DeviceConnection,
    reason: CloseReason,
    detail: string | undefined,
  ): void {
    this.#handshake.greeting.delete(connection);
    this.#counters.disconnected(reason);
    const { remoteAddress } = connection.transport;
    if (adviceOf(reason).by === 'gateway') this.#handshake.onRefused(reason, remoteAddress, undefined);
    // A probe that opens and closes a socket is no news.
    const level = adviceOf(reason).by === 'gateway' ? 'info' : 'debug';
    this.#logger[level](
      { reason, by: adviceOf(reason).by, detail, address: remoteAddress, listener: connection.listener },
      'connection ended before its greeting',
    );
  }
}
