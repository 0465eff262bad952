import {
  changeOperators,
  loadOperators,
  readOperatorsVersion,
  type Keys,
  type OperatorsChange,
  type StoredOperators,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { HttpProblem } from '../http/problem.ts';
import {
  operatorRecordSchema,
  tokenRecordSchema,
  type OperatorRecord,
  type TokenRecord,
} from './operator-record.ts';

/** All operators and API tokens at one moment. */
export interface Page {
  readonly version: string;
  readonly operators: ReadonlyMap<string, OperatorRecord>;
  /** By id. */
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  /** Whether Redis has no operator at all; one that cannot be read counts as one. */
  readonly isEmpty: boolean;
}

const maxConflicts = 5;
const emptyPage: Page = { version: '', operators: new Map(), tokens: new Map(), isEmpty: false };

/**
 * Operators and API tokens, as last read from Redis. There are few, so all of them are here; the version tells whether
 * somebody, perhaps another admin process, has changed one.
 */
export class OperatorBook {
  readonly #keys: Keys;
  readonly #logger: Logger;
  #page = emptyPage;
  #idByDigest = new Map<string, string>();

  constructor(keys: Keys, logger: Logger) {
    this.#keys = keys;
    this.#logger = logger;
  }

  get page(): Page {
    return this.#page;
  }

  /** Whether it was ever read. */
  get isLoaded(): boolean {
    return this.#page !== emptyPage;
  }

  /** The id of the token with this digest. */
  tokenIdOf(digest: string): string | undefined {
    return this.#idByDigest.get(digest);
  }

  /** Reads all again if anything has changed. */
  async refresh(redis: Redis): Promise<void> {
    if (this.isLoaded && (await readOperatorsVersion(redis, this.#keys)) === this.#page.version) return;
    await this.#load(redis);
  }

  /**
   * Changes what `edit` says, seen from the newest state, together with an entry in the audit.
   * @param edit may throw to refuse, or answer undefined to leave all as it is; called again when somebody was faster
   * @param audit field, value, …
   * @returns whether anything was changed
   * @throws HttpProblem 409 `changed-meanwhile` when others are always faster
   */
  async change(
    redis: Redis,
    edit: (page: Page) => readonly OperatorsChange[] | undefined,
    audit: { fields: readonly string[]; maxEntries: number },
  ): Promise<boolean> {
    for (let i = 0; i < maxConflicts; i++) {
      await this.#load(redis);
      const changes = edit(this.#page);
      if (changes === undefined) return false;
      const changed = await changeOperators(redis, this.#keys, this.#page.version, changes, audit);
      if (changed === undefined) continue;
      await this.#load(redis);
      return true;
    }
    throw new HttpProblem(409, 'changed-meanwhile', 'others change operators at this moment; try again');
  }

  async #load(redis: Redis): Promise<void> {
    const stored = await loadOperators(redis, this.#keys);
    this.#page = this.#read(stored);
    this.#idByDigest = new Map([...this.#page.tokens].map(([id, token]) => [token.digest, id]));
  }

  #read({ version, operators, tokens }: StoredOperators): Page {
    return {
      version,
      operators: this.#parse('operator', operators, operatorRecordSchema),
      tokens: this.#parse('token', tokens, tokenRecordSchema),
      isEmpty: Object.keys(operators).length === 0,
    };
  }

  /** What cannot be read is left out: whoever it is cannot sign in. */
  #parse<T>(kind: string, stored: Readonly<Record<string, string>>, schema: z.ZodType<T>): Map<string, T> {
    const read = new Map<string, T>();
    for (const [field, text] of Object.entries(stored)) {
      const result = schema.safeParse(jsonOf(text));
      if (result.success) read.set(field, result.data);
      else this.#logger.warn({ kind, field }, 'a stored operator or token cannot be read and is left out');
    }
    return read;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
