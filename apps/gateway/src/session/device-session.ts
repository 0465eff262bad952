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
import type { Delivery } from '../routing/delivery.ts';
import { messageFrame } from './outgoing-frame.ts';
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

  protected override say(delivery: Delivery, packetId: number, isDup: boolean): 'said' | 'skipped' {
    const frame = messageFrame(delivery, packetId, isDup, this.services.now());
    this.connection.send(frame);
    return 'said';
  }

  /** This protocol acknowledges once: what a session has at QoS 2 from elsewhere is over with the same answer. */
  protected override sayRelease(packetId: number): void {
    this.downstream.deliveries.completed({ packetId, reasonCode: 0 });
  }

  #onAck(packetId: number): void {
    const answer = { packetId, reasonCode: 0 };
    const deliveries = this.openDownstream?.deliveries;
    if (deliveries?.received(answer) !== true) deliveries?.acknowledged(answer);
  }

  #onFrame(frame: Exclude<DeviceFrame, HelloFrame>): void {
    switch (frame.type) {
      case 'publish':
        return this.#onPublish(frame);
      case 'subscribe':
      case 'unsubscribe':
        return this.connection.send({
          type: 'error',
          id: frame.id,
          code: 'unsupported',
          message: `${frame.type} is not offered`,
        });
      case 'ping':
        return this.connection.send({ type: 'pong' });
      case 'bye':
        return this.close('normal');
      case 'ack':
        return this.#onAck(frame.id);
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
    this.admit(
      id === undefined ? 0 : 1,
      id ?? 0,
      topic,
      0,
      topic.length,
      payload,
      0,
      payload.length,
      frame.retain,
      properties,
    );
  }
}

function refuseHello(): void {
  throw new ProtocolError('protocol-error', 'a second hello');
}
