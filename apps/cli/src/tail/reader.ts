import { setTimeout as sleep } from 'node:timers/promises';
import { closeRedis, createRedis, Keys } from '@tributary/backplane';
import type { RawEntry } from './entry.ts';

export interface ReaderOptions {
  redisUrl: string;
  namespace: string;
  streams: ('messages' | 'events')[];
  /** Begin with what the streams hold instead of with what comes from now on. */
  isFromStart: boolean;
  /** Told when Redis goes and comes, and when there is nothing to read yet. */
  remark(line: string): void;
  stop: AbortSignal;
}

type Redis = ReturnType<typeof createRedis>;
/** What XREAD answers: streams with their entries. */
type Reply = [key: Buffer, entries: [id: Buffer, fields: Buffer[]][]][] | null;

const blockMs = 5000;
const retryMs = 500;
const connectPollMs = 50;
/** Of each stream in one read; payloads may be large, and there are many streams. */
const pageEntries = 16;

/**
 * Follows the uplink and event streams of all partitions with XREAD on a connection of its own: no groups, nothing
 * written. Goes on after Redis was away from where it stood.
 */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #redis: Redis;
  readonly #positions = new Map<string, { stream: 'messages' | 'events'; id: string }>();
  #isPrepared = false;
  #remarked = '';
  #lastError = '';

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#redis = createRedis({
      url: options.redisUrl,
      name: 'tributary-tail',
      connectTimeoutMs: 2000,
      replyTimeoutMs: 3 * blockMs, // a link that died without a word
    });
    this.#redis.on('error', (error: Error) => (this.#lastError = error.message));
  }

  /** Pages of entries until stopped. The next page is read when the one before was consumed. */
  async *pages(): AsyncGenerator<RawEntry[], void, undefined> {
    const { stop } = this.#options;
    // A blocked XREAD ends with its connection.
    stop.addEventListener('abort', () => this.#redis.disconnect(), { once: true });
    void this.#redis.connect().catch(() => undefined);
    try {
      while (!stop.aborted) {
        const page = await this.#next();
        if (page.length > 0) yield page;
      }
    } finally {
      await closeRedis(this.#redis);
    }
  }

  async #next(): Promise<RawEntry[]> {
    if (this.#redis.status !== 'ready') {
      this.#isPrepared = false;
      if (this.#lastError !== '') this.#remark(`Redis does not answer (${this.#lastError}); trying again`);
      return this.#pause(connectPollMs);
    }
    try {
      if (!this.#isPrepared && !(await this.#prepare())) return await this.#pause(retryMs);
      const keys = [...this.#positions.keys()];
      const ids = [...this.#positions.values()].map(({ id }) => id);
      const where = [...keys, ...ids];
      return this.#take(
        await this.#redis.xreadBuffer('COUNT', pageEntries, 'BLOCK', blockMs, 'STREAMS', ...where),
      );
    } catch (error) {
      if (this.#options.stop.aborted) return [];
      this.#isPrepared = false;
      if (this.#redis.status === 'ready')
        this.#remark(`Redis refused (${(error as Error).message}); trying again`);
      return this.#pause(retryMs);
    }
  }

  // After each connect: how many partitions there are, and for streams new to us where to begin.
  async #prepare(): Promise<boolean> {
    const { namespace, streams, isFromStart } = this.#options;
    const said = await this.#redis.hget(new Keys(namespace, 1).meta, 'partitions');
    if (said === null) {
      this.#remark(`no gateway has started in namespace ${namespace} yet; waiting`);
      return false;
    }
    const keys = new Keys(namespace, Number(said));
    for (let partition = 0; partition < keys.partitions; partition++) {
      for (const stream of streams) {
        const key = stream === 'messages' ? keys.uplink(partition) : keys.events(partition);
        if (this.#positions.has(key)) continue;
        const last = isFromStart ? [] : await this.#redis.xrevrange(key, '+', '-', 'COUNT', 1);
        this.#positions.set(key, { stream, id: last[0]?.[0] ?? '0-0' });
      }
    }
    this.#isPrepared = true;
    this.#lastError = '';
    if (this.#remarked !== '') this.#remark('reading on');
    return true;
  }

  #take(reply: Reply): RawEntry[] {
    const page: RawEntry[] = [];
    for (const [key, entries] of reply ?? []) {
      const position = this.#positions.get(key.toString())!;
      for (const [idBytes, fields] of entries) {
        position.id = idBytes.toString();
        page.push({ stream: position.stream, id: position.id, fields });
      }
    }
    return page;
  }

  async #pause(ms: number): Promise<RawEntry[]> {
    await sleep(ms, undefined, { signal: this.#options.stop }).catch(() => undefined);
    return [];
  }

  // Each state is said once.
  #remark(line: string): void {
    if (line === this.#remarked) return;
    this.#remarked = line;
    this.#options.remark(line);
  }
}
