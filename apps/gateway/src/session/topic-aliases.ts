import { ProtocolError, type Publish } from '@tributary/protocol';

/** Topic aliases a device has set on its connection (MQTT 5 section 3.3.2.3.4). */
export class TopicAliases {
  readonly #maximum: number;
  readonly #topics = new Map<number, Buffer>();

  /** `maximum`: the Topic Alias Maximum of our CONNACK; 0 allows none. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /**
   * The topic of a PUBLISH that has an alias: its own, which the alias means from now on, or the one set before.
   * @throws ProtocolError `topic-alias-invalid` above the maximum [MQTT-3.3.2-9] or when it was never set
   */
  resolve(alias: number, packet: Publish): Buffer {
    if (alias > this.#maximum) throw new ProtocolError('topic-alias-invalid', `topic alias ${alias}`);
    if (packet.topicEnd > packet.topicStart) {
      const topic = Buffer.from(packet.bytes.subarray(packet.topicStart, packet.topicEnd));
      this.#topics.set(alias, topic);
      return topic;
    }
    const known = this.#topics.get(alias);
    if (known === undefined)
      throw new ProtocolError('topic-alias-invalid', `topic alias ${alias} was never set`);
    return known;
  }
}
