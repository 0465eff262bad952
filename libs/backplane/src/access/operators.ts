import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** Operators and tokens as they are stored: JSON by name and by id. */
export interface StoredOperators {
  /** `0` when nothing was ever stored. */
  readonly version: string;
  readonly operators: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
}

/** One field of one of the two hashes; without a value it is removed. */
export interface OperatorsChange {
  readonly kind: 'operator' | 'token';
  readonly field: string;
  readonly value?: string;
}

/** The version alone, for whoever wants to know whether what it has is still true. */
export async function readOperatorsVersion(redis: Redis, keys: Keys): Promise<string> {
  return (await redis.hget(keys.operators, '')) ?? '0';
}

/** Both hashes, read in one transaction. */
export async function loadOperators(redis: Redis, keys: Keys): Promise<StoredOperators> {
  const replies = await redis.multi().hgetall(keys.operators).hgetall(keys.operatorTokens).exec();
  const [all, tokens] = (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply as Record<string, string>;
  });
  const { '': version = '0', ...operators } = all ?? {};
  return { version, operators, tokens: tokens ?? {} };
}

/**
 * Makes all changes and writes the audit entry, or does nothing, when somebody changed something since `version`.
 * @param audit field, value, field, value …
 * @returns the new version; undefined when somebody was faster
 */
export async function changeOperators(
  redis: Redis,
  keys: Keys,
  version: string,
  changes: readonly OperatorsChange[],
  audit: { readonly fields: readonly string[]; readonly maxEntries: number },
): Promise<string | undefined> {
  const written = changes.flatMap(({ kind, field, value }) => [kind, field, value ?? '']);
  const reply = await runScript(
    redis,
    scripts.changeOperators,
    [keys.operators, keys.operatorTokens, keys.operatorTokenUses, keys.audit],
    [version, audit.maxEntries, changes.length, ...written, ...audit.fields],
  );
  return reply === 0 ? undefined : String(reply);
}
