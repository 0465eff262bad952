/**
 * Topic aliases this gateway sets towards one device (MQTT 5 section 3.3.2.3.4): the first topics of a connection get
 * one, as many as the device allows and as we care to remember.
 */
export class OutgoingAliases {
  readonly #maximum: number;
  readonly #byTopic = new Map<string, number>();

  /** `maximum`: the lower of the device's Topic Alias Maximum [MQTT-3.1.2-26, -27] and our own limit. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The alias of a topic, and whether the device knows it already; undefined when there is none for it. */
  of(topic: string): { alias: number; isKnown: boolean } | undefined {
    const known = this.#byTopic.get(topic);
    if (known !== undefined) return { alias: known, isKnown: true };
    if (this.#byTopic.size >= this.#maximum) return undefined;
    const alias = this.#byTopic.size + 1;
    this.#byTopic.set(topic, alias);
    return { alias, isKnown: false };
  }

  /** The packet that would have set the alias was not sent. */
  forget(topic: string): void {
    this.#byTopic.delete(topic);
  }
}
