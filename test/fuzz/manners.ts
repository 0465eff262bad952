import type { IConnackPacket, IPublishPacket, Packet } from 'mqtt-packet';

const fromServer: ReadonlySet<Packet['cmd']> = new Set([
  ...(['connack', 'publish', 'puback', 'pubrec', 'pubrel', 'pubcomp'] as const),
  ...(['suback', 'unsuback', 'pingresp', 'disconnect', 'auth'] as const),
]);

/** What no server may say, whatever it was told; one for each connection, asked about each packet in order. */
export class Manners {
  #isGreeted = false;
  #isOver = false;

  /** What is wrong with the packet, or undefined. */
  faultOf(packet: Packet, version: 4 | 5): string | undefined {
    if (!fromServer.has(packet.cmd)) return 'a packet of clients';
    if (this.#isOver) return 'a packet behind the last one';
    if (packet.cmd === 'connack') return this.#faultOfConnack(packet);
    // [MQTT-3.2.0-1]
    if (!this.#isGreeted) return isChallenge(packet) ? undefined : 'a packet ahead of CONNACK';
    if (version === 4 && (packet.cmd === 'disconnect' || packet.cmd === 'auth'))
      return 'a packet of MQTT 5 in 3.1.1';
    // [MQTT-3.14.4-1]
    this.#isOver = packet.cmd === 'disconnect';
    return packet.cmd === 'publish' ? faultOfPublish(packet) : undefined;
  }

  #faultOfConnack(packet: IConnackPacket): string | undefined {
    // [MQTT-3.2.0-2]
    if (this.#isGreeted) return 'a second CONNACK';
    this.#isGreeted = true;
    const code = packet.reasonCode ?? packet.returnCode ?? 0;
    this.#isOver = code !== 0;
    // [MQTT-3.2.2-6]
    return code !== 0 && packet.sessionPresent ? 'a session present in a refusal' : undefined;
  }
}

/** What may come ahead of CONNACK (MQTT 5 section 4.12). */
const isChallenge = (packet: Packet): boolean => packet.cmd === 'auth' && packet.reasonCode === 0x18;

function faultOfPublish({ topic, qos, messageId, dup, properties }: IPublishPacket): string | undefined {
  if (topic === '' && properties?.topicAlias === undefined) return 'no topic';
  // [MQTT-3.3.2-2], [MQTT-1.5.4-2]
  if (/[+#\0]/.test(topic)) return 'a topic that is no name';
  if (qos > 0 && (messageId ?? 0) === 0) return 'no packet id';
  // [MQTT-3.3.1-2]
  return qos === 0 && dup ? 'DUP at QoS 0' : undefined;
}
