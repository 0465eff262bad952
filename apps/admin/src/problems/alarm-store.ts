import type { Keys, Store } from '@tributary/backplane';
import { alarmSchema } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import { ask } from '../redis/ask.ts';
import type { AlarmEngine, AlarmRecord } from './alarm-engine.ts';

const recordSchema = alarmSchema.omit({ state: true }).extend({ changedAt: z.number() });
/** More than there can be; whatever else stands in the hash is left alone. */
const maxLoaded = 1000;

/**
 * The hash `alarms`: what is open, what was closed lately, and what operators said about it, so that it outlives this
 * process and another one sees it too.
 */
export class AlarmStore {
  readonly #store: Store;
  readonly #key: string;
  /** As it stands in Redis, as far as it was written or read here. */
  readonly #saved = new Map<string, string>();
  #isLoaded = false;

  constructor({ store, keys }: { store: Store; keys: Keys }) {
    this.#store = store;
    this.#key = keys.alarms;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /**
   * Reads what is stored: the first time all of it, then what operators have changed elsewhere.
   * @throws HttpProblem 503 when Redis is away
   */
  async read(engine: AlarmEngine): Promise<void> {
    const stored = await ask(this.#store, (redis) => redis.hgetall(this.#key));
    for (const json of Object.values(stored).slice(0, maxLoaded)) {
      const record = parseRecord(json);
      if (record === undefined) continue;
      const own = engine.get(record.id);
      if (own === undefined && this.#isLoaded) continue;
      if (own !== undefined && own.changedAt >= record.changedAt) continue;
      engine.put(own === undefined ? record : { ...own, ...operatorsPart(record) });
      this.#saved.set(record.id, textOf(record));
    }
    this.#isLoaded = true;
  }

  /** Writes what is not in Redis as it is here. @throws HttpProblem 503 when Redis is away */
  async save(engine: AlarmEngine): Promise<void> {
    const records = new Map(engine.records().map((record) => [record.id, textOf(record)]));
    const gone = [...this.#saved.keys()].filter((id) => !records.has(id));
    const changed = [...records].filter(([id, text]) => this.#saved.get(id) !== text);
    if (gone.length === 0 && changed.length === 0) return;
    await ask(this.#store, async (redis) => {
      if (gone.length > 0) await redis.hdel(this.#key, ...gone);
      if (changed.length > 0) await redis.hset(this.#key, ...changed.flat());
    });
    for (const id of gone) this.#saved.delete(id);
    for (const [id, text] of changed) this.#saved.set(id, text);
  }
}

/** When it was last seen changes all the time and is not worth a write. */
const textOf = (record: AlarmRecord): string => JSON.stringify({ ...record, seenAt: record.raisedAt });

function operatorsPart(record: AlarmRecord): Partial<AlarmRecord> {
  const { acknowledgedBy, mutedUntil, mutedBy, changedAt } = record;
  return { acknowledgedBy, mutedUntil, mutedBy, changedAt };
}

function parseRecord(json: string): AlarmRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}
