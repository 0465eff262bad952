import { type EntryKind } from '@tributary/backplane';
import {
  checkTopicName,
  type CodecLimits,
  type DeviceFrame,
  type HelloFrame,
  ProtocolError,
  type PublishFrame,
} from '@tributary/protocol';
import type { DeviceConnection } from '../connection/device-connection.ts';
import { messageExtras } from './message-extras.ts';
import { Session, type SessionServices, type SessionStart } from './session.ts';

export interface DeviceSessionServices extends SessionServices {
  readonly limits: CodecLimits;
}

/** A plain WebSocket device. An `id` in `publish` asks for QoS 1; without one it is QoS 0. */
export class DeviceSession extends Session {
  declare readonly connection: DeviceConnection;
  declare readonly services: DeviceSessionServices;

  constructor(start: SessionStart, connection: DeviceConnection, services: DeviceSessionServices) {
    super(start, connection, services);
    connection.handler = {
      onHello: refuseHello,
      onFrame: (frame) => this.#onFrame(frame),
    };
  }

  protected override sayStored(_kind: EntryKind, token: number): void {
    this.connection.send({ type: 'ack', id: token });
  }

  #onFrame(frame: Exclude<DeviceFrame, HelloFrame>): void {
    switch (frame.type) {
      case 'publish':
        return this.#onPublish(frame);
      case 'ping':
        return this.connection.send({ type: 'pong' });
      case 'bye':
        return this.close('normal');
      case 'ack':
        // Answers a message; without one in flight there is nothing it could settle.
        return;
    }
  }

  #onPublish(frame: PublishFrame): void {
    const { id, payload } = frame;
    const topic = Buffer.from(frame.topic);
    try {
      if (topic.length === 0) throw new ProtocolError('topic-name-invalid', 'empty topic');
      checkTopicName(topic, 0, topic.length, this.services.limits);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // One bad topic is that message's fault, not the connection's: JSON framing is intact.
      this.connection.send({
        type: 'error',
        ...(id === undefined ? {} : { id }),
        code: error.code,
        message: error.message,
      });
      return;
    }
    const properties = frame.contentType === undefined ? undefined : { contentType: frame.contentType };
    const extras =
      frame.retain || properties !== undefined ? messageExtras(frame.retain, properties) : undefined;
    this.admit(id === undefined ? 0 : 1, id ?? 0, topic, 0, topic.length, payload, 0, payload.length, extras);
  }
}

function refuseHello(): void {
  throw new ProtocolError('protocol-error', 'a second hello');
}
