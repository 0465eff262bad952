import type { Description } from './description.ts';

/** The most messages whose answers are awaited; of more the oldest have no duration. */
const maxAwaited = 256;

/** Who says the answer to a message, by the answer's type. */
const answers = new Set(['PUBACK', 'PUBREC', 'ACK']);
const questions = new Set(['PUBLISH', 'MESSAGE']);

/** Times messages and their answers: how long Redis took for what a device sent, how long a device for what it got. */
export class Exchanges {
  /** `in` or `out`, packet id → monotonic ms at which the message went by. */
  readonly #since = new Map<string, number>();

  /** The description, of an answer with the time since its message. @param at monotonic ms */
  timed(direction: 'in' | 'out', told: Description, at: number): Description {
    const { type, packetId } = told;
    if (packetId === undefined) return told;
    if (questions.has(type)) this.#await(`${direction} ${packetId}`, at);
    if (!answers.has(type)) return told;
    const key = `${direction === 'in' ? 'out' : 'in'} ${packetId}`;
    const since = this.#since.get(key);
    this.#since.delete(key);
    return since === undefined ? told : { ...told, durationMs: Math.round((at - since) * 100) / 100 };
  }

  #await(key: string, at: number): void {
    this.#since.delete(key);
    this.#since.set(key, at);
    if (this.#since.size > maxAwaited) this.#since.delete(this.#since.keys().next().value!);
  }
}
