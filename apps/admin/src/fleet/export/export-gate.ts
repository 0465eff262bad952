import { HttpProblem } from '../../http/problem.ts';

const perWindow = 6;
const windowMs = 60_000;
/** Of all operators together: each holds an order and a socket. */
const maxRunning = 4;

/** How often an operator may take the whole fleet away: six times a minute, one at a time. */
export class ExportGate {
  readonly #starts = new Map<string, number[]>();
  readonly #running = new Set<string>();

  /**
   * Lets an operator begin. @returns what must be called when the export has ended, however it did.
   * @param at monotonic ms
   * @throws HttpProblem 429 `too-many-exports`
   */
  enter(operator: string, at: number): () => void {
    if (this.#running.has(operator)) throw tooMany('an export of yours is under way', 5);
    if (this.#running.size >= maxRunning)
      throw tooMany('as many exports are under way as this server allows', 5);
    const starts = this.#recent(operator, at);
    if (starts.length >= perWindow) {
      const waitMs = starts[0]! + windowMs - at;
      throw tooMany(`at most ${perWindow} exports a minute`, Math.ceil(waitMs / 1000));
    }
    this.#starts.set(operator, [...starts, at]);
    this.#running.add(operator);
    return () => this.#running.delete(operator);
  }

  #recent(operator: string, at: number): number[] {
    for (const [name, starts] of this.#starts) {
      const recent = starts.filter((start) => at - start < windowMs);
      if (recent.length === 0) this.#starts.delete(name);
      else this.#starts.set(name, recent);
    }
    return this.#starts.get(operator) ?? [];
  }
}

const tooMany = (says: string, retryAfterSeconds: number): HttpProblem =>
  new HttpProblem(429, 'too-many-exports', says, retryAfterSeconds);
