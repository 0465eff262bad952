import { createHash } from 'node:crypto';
import type { Clock } from '@tributary/runtime';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problem.ts';

const keptMs = 3600_000;
const maxKept = 2000;
const keyPattern = /^[\x21-\x7e]{1,128}$/;

interface Known {
  readonly body: string;
  readonly answer: Promise<unknown>;
  /** Unix ms. */
  readonly at: number;
}

/**
 * Answers a write that is sent again under the same `idempotency-key` as the first time, without doing it again: whoever
 * lost the answer may ask again. Known for an hour, by this process; a write that failed is forgotten at once.
 */
export class Idempotency {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws HttpProblem 400 `bad-idempotency-key`, 422 `idempotency-key-reused` when the body is another one */
  async once<T>(request: FastifyRequest, act: () => Promise<T>): Promise<T> {
    const header = request.headers['idempotency-key'];
    if (header === undefined) return act();
    if (typeof header !== 'string' || !keyPattern.test(header))
      throw new HttpProblem(
        400,
        'bad-idempotency-key',
        'an idempotency-key has 1 to 128 printable characters',
      );
    const body = createHash('sha256')
      .update(JSON.stringify(request.body ?? null))
      .digest('base64');
    const key = `${request.operator.name}\n${request.method} ${request.url}\n${header}`;
    const before = this.#known.get(key);
    if (before !== undefined && before.at + keptMs > this.#clock.now()) {
      if (before.body !== body)
        throw new HttpProblem(422, 'idempotency-key-reused', 'this key was used for another request');
      request.isAudited = true;
      return before.answer as Promise<T>;
    }
    return this.#remember(key, body, act());
  }

  async #remember<T>(key: string, body: string, answer: Promise<T>): Promise<T> {
    this.#known.delete(key);
    this.#known.set(key, { body, answer, at: this.#clock.now() });
    if (this.#known.size > maxKept) this.#known.delete(this.#known.keys().next().value!);
    try {
      return await answer;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }
}
