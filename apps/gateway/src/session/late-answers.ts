interface Late {
  readonly qos: 1 | 2;
  readonly packetId: number;
  readonly say: () => void;
  /** Messages of that QoS that came before it and are not answered. */
  behind: number;
}

/**
 * Answers that nothing has to be stored for, and that have to take their turn behind those that wait for Redis: PUBACKs and
 * PUBRECs leave in the order their messages came [MQTT-4.6.0-2, -3].
 */
export class LateAnswers {
  #waiting: Late[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Says the answer once `behind` others of the same QoS are said. One of a packet id that waits already is enough. */
  add(qos: 1 | 2, packetId: number, behind: number, say: () => void): void {
    if (behind === 0) return say();
    if (this.#waiting.some((late) => late.qos === qos && late.packetId === packetId)) return;
    this.#waiting.push({ qos, packetId, behind, say });
  }

  /** An answer of that QoS was said. */
  said(qos: 1 | 2): void {
    if (this.#waiting.length === 0) return;
    for (const late of this.#waiting) if (late.qos === qos) late.behind--;
    const due = this.#waiting.filter((late) => late.behind <= 0);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((late) => late.behind > 0);
    for (const late of due) late.say();
  }
}
