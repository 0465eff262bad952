import type {
  IConnackPacket,
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubackPacket,
  ISubscribePacket,
  ISubscription,
  IUnsubackPacket,
  IUnsubscribePacket,
  Packet,
} from 'mqtt-packet';
import { connectPacket, publishPacket } from '../../support/raw-mqtt.ts';
import { Peer } from './peer.ts';

export type Qos = 0 | 1 | 2;

/** A filter, or a filter with its MQTT 5 options. */
export type Filter = string | ({ topic: string } & Partial<ISubscription>);

/** Reason code of MQTT 5, or return code of 3.1.1. */
export const codeOf = (packet: Packet): number | undefined => {
  if ('reasonCode' in packet && packet.reasonCode !== undefined) return packet.reasonCode;
  return 'returnCode' in packet ? packet.returnCode : undefined;
};

/** A peer that knows how a client behaves, one exchange at a time, and still does nothing by itself. */
export class Client extends Peer {
  /** What the server answered to CONNECT. */
  connack!: IConnackPacket;
  clientId = '';
  #packetId = 0;

  /** A packet id no exchange begun by this client has. */
  nextPacketId(): number {
    return ++this.#packetId;
  }

  /** Sends CONNECT and waits for CONNACK, whatever it says. */
  async greet(clientId: string, more: Partial<IConnectPacket> = {}): Promise<IConnackPacket> {
    this.clientId = clientId;
    this.send(connectPacket(clientId, this.version, more));
    this.connack = await this.expect('connack');
    return this.connack;
  }

  /** SUBSCRIBE, answered by its SUBACK; publishes that came before it stay to be taken. */
  async subscribe(
    filters: Filter | readonly Filter[],
    qos: Qos = 0,
    more: Partial<ISubscribePacket> = {},
  ): Promise<ISubackPacket> {
    const messageId = this.nextPacketId();
    const list = typeof filters === 'string' || 'topic' in filters ? [filters] : filters;
    const subscriptions = list.map((filter) =>
      typeof filter === 'string' ? { topic: filter, qos } : { qos, ...filter },
    );
    this.send({ cmd: 'subscribe', messageId, subscriptions, ...more });
    return this.take('suback', (packet) => packet.messageId === messageId);
  }

  async unsubscribe(
    filters: string | readonly string[],
    more: Partial<IUnsubscribePacket> = {},
  ): Promise<IUnsubackPacket> {
    const messageId = this.nextPacketId();
    this.send({ cmd: 'unsubscribe', messageId, unsubscriptions: [filters].flat() as string[], ...more });
    return this.take('unsuback', (packet) => packet.messageId === messageId);
  }

  /**
   * PUBLISH with its whole exchange: the promise resolves when the server has answered all of it. At QoS 0 a PINGREQ
   * behind it tells that the server has read it.
   */
  async publish(
    topic: string,
    payload: string | Buffer = '',
    qos: Qos = 0,
    more: Partial<IPublishPacket> = {},
  ): Promise<void> {
    const messageId = qos === 0 ? undefined : this.nextPacketId();
    this.send(publishPacket(topic, payload, qos, messageId, more));
    if (qos === 0) this.send({ cmd: 'pingreq' });
    if (qos === 0) await this.take('pingresp');
    if (qos === 1) await this.take('puback', (packet) => packet.messageId === messageId);
    if (qos !== 2 || messageId === undefined) return;
    await this.take('pubrec', (packet) => packet.messageId === messageId);
    this.send({ cmd: 'pubrel', messageId });
    await this.take('pubcomp', (packet) => packet.messageId === messageId);
  }

  /** The next packet, which must be a PUBLISH, acknowledged as its QoS asks. */
  async receive(): Promise<IPublishPacket> {
    const publish = await this.expect('publish');
    await this.accept(publish);
    return publish;
  }

  /** That many messages, and their payloads as text. */
  async receivePayloads(count: number): Promise<string[]> {
    const payloads: string[] = [];
    for (let n = 0; n < count; n++) payloads.push(String((await this.receive()).payload));
    return payloads;
  }

  /** Acknowledges a PUBLISH as its QoS asks, to the end. */
  async accept({ qos, messageId }: IPublishPacket): Promise<void> {
    if (messageId === undefined || qos === 0) return;
    if (qos === 1) return this.send({ cmd: 'puback', messageId });
    this.send({ cmd: 'pubrec', messageId });
    await this.take('pubrel', (packet) => packet.messageId === messageId);
    this.send({ cmd: 'pubcomp', messageId });
  }

  /** The server ends the connection without sending anything more, as 3.1.1 has it. */
  async closedSilently(): Promise<void> {
    const packets = await this.ended();
    if (packets.length > 0) throw new Error(`silence expected before the end: ${JSON.stringify(packets)}`);
  }

  /** The server refuses CONNECT with this code and ends the connection; answers the CONNACK. */
  async refusedWith(code: number): Promise<IConnackPacket> {
    const connack = await this.expect('connack');
    if (codeOf(connack) !== code)
      throw new Error(`CONNACK with code ${code} expected, the server sent ${JSON.stringify(connack)}`);
    await this.closedSilently();
    return connack;
  }

  /** The server sends DISCONNECT with one of these codes (MQTT 5) as its next packet, and ends the connection. */
  async disconnectedWith(...codes: number[]): Promise<IDisconnectPacket> {
    const disconnect = await this.expect('disconnect');
    if (!codes.includes(disconnect.reasonCode ?? 0))
      throw new Error(`DISCONNECT with ${codes} expected, the server sent ${JSON.stringify(disconnect)}`);
    await this.closedSilently();
    return disconnect;
  }

  /** DISCONNECT, and waits until the server has ended the connection. */
  async leave(more: Partial<IDisconnectPacket> = {}): Promise<void> {
    this.send({ cmd: 'disconnect', reasonCode: 0, ...more });
    await this.gone();
  }
}
