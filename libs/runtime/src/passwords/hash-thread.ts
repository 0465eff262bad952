import { timingSafeEqual } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { type HashedPassword, secretOf } from './password-hash.ts';

const workerFile = new URL('../../workers/hash-worker.mjs', import.meta.url);

type Reply = { readonly id: number } & ({ readonly hash: Uint8Array } | { readonly error: string });

interface Waiting {
  readonly resolve: (hash: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Checks passwords in a thread of its own, of lower priority where the system knows that of threads: not in libuv's pool,
 * which others need, and each of whose threads would keep the memory of a hash. To begin takes it a tenth of a second, so
 * have it begin before it is needed. Holds no process open.
 */
export class HashThread {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** Begins, if it has not. */
  start(): void {
    this.#worker ??= this.#begin();
  }

  /** As `matchesPassword`. @throws Error when the thread ends meanwhile; the next one begins another */
  async matches(password: string | Buffer, stored: HashedPassword): Promise<boolean> {
    return timingSafeEqual(await this.#derive(secretOf(password), stored), stored.hash);
  }

  /** Idempotent. */
  stop(): void {
    const worker = this.#worker;
    this.#gone(new Error('the thread was ended'));
    void worker?.terminate();
  }

  #derive(password: string, { salt, hash, ln, r, p }: HashedPassword): Promise<Buffer> {
    const worker = (this.#worker ??= this.#begin());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, password, salt, bytes: hash.length, N: 2 ** ln, r, p });
    });
  }

  #begin(): Worker {
    const worker = new Worker(workerFile);
    worker.on('message', (reply: Reply) => this.#answered(reply));
    const ended = (error: Error): void => {
      if (this.#worker === worker) this.#gone(error);
    };
    worker.on('error', ended);
    worker.on('exit', () => ended(new Error('the thread has ended')));
    worker.unref(); // behind the listeners, which would hold it again
    return worker;
  }

  #answered(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('hash' in reply) waiting?.resolve(Buffer.from(reply.hash));
    else waiting?.reject(new Error(reply.error));
  }

  #gone(error: Error): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
