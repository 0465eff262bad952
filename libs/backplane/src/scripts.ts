import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** A Lua script: each is a file in `scripts/` whose header lists its KEYS, ARGV and replies. */
export interface Script {
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source in hex, the name EVALSHA knows it by. */
  readonly sha: string;
}

const read = (name: string): string =>
  readFileSync(new URL(`../scripts/${name}.lua`, import.meta.url), 'utf8');
const common = read('common');

/** The shebang must stay the first line, so the shared part goes behind it. */
function load(name: string, uses: 'alone' | 'common' = 'alone'): Script {
  const own = read(name);
  const firstLine = own.indexOf('\n') + 1;
  const source = uses === 'alone' ? own : own.slice(0, firstLine) + common + own.slice(firstLine);
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Scripts of the uplink link, which loads them each time it connects. */
export const uplinkScripts = {
  publishExactlyOnce: load('publish-exactly-once'),
  releasePacketId: load('release-packet-id'),
} as const;

/** Scripts run through ioredis. */
export const scripts = {
  claim: load('claim', 'common'),
  release: load('release', 'common'),
  reap: load('reap', 'common'),
  touchDevices: load('touch-devices', 'common'),
  expireSession: load('expire-session', 'common'),
  subscribe: load('subscribe'),
  addTotals: load('add-totals'),
  beat: load('beat'),
} as const;

/** Runs a script by its name, and by its source where Redis does not know it yet. */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(script.source, keys.length, ...keys, ...values);
  }
}
