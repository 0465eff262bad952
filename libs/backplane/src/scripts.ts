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
const shared = { alone: '', common, endings: common + read('endings') } as const;

/** The shebang must stay the first line, so the shared part goes behind it. */
function load(name: string, uses: keyof typeof shared = 'alone'): Script {
  const own = read(name);
  const firstLine = own.indexOf('\n') + 1;
  const source = own.slice(0, firstLine) + shared[uses] + own.slice(firstLine);
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Scripts of the uplink link, which loads them each time it connects. */
export const uplinkScripts = {
  publishExactlyOnce: load('publish-exactly-once'),
  releasePacketId: load('release-packet-id'),
} as const;

/** Scripts run through ioredis; the Store loads them each time it connects. */
export const scripts = {
  claim: load('claim', 'endings'),
  release: load('release', 'endings'),
  reap: load('reap', 'endings'),
  expireSession: load('expire-session', 'endings'),
  fireDelayedWill: load('fire-delayed-will', 'endings'),
  touchDevices: load('touch-devices', 'common'),
  tellClasses: load('tell-classes', 'common'),
  subscribe: load('subscribe', 'common'),
  markRouted: load('mark-routed', 'common'),
  enqueue: load('enqueue', 'common'),
  settleQueue: load('settle-queue', 'common'),
  readQueue: load('read-queue'),
  giveAway: load('give-away', 'common'),
  dropRoute: load('drop-route', 'common'),
  retain: load('retain', 'common'),
  clearRetained: load('clear-retained', 'common'),
  dueTimers: load('due-timers', 'common'),
  takeRouting: load('take-routing', 'common'),
  addTotals: load('add-totals'),
  beat: load('beat'),
  lookAtStream: load('look-at-stream'),
  putBounded: load('put-bounded'),
  putCredential: load('put-credential'),
  removeCredential: load('remove-credential'),
  putLongerBan: load('put-longer-ban'),
  dropSame: load('drop-same'),
  startTrace: load('start-trace'),
  noteAction: load('note-action', 'common'),
  noteThrottled: load('note-throttled', 'common'),
  changeOperators: load('change-operators'),
} as const;

/** A value of ARGV; a Buffer arrives as the bytes it is. */
export type ScriptValue = string | number | Buffer;

/** One run of a script. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly values: readonly ScriptValue[];
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Runs a script by its name, and by its source where Redis does not know it yet. */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly ScriptValue[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return redis.eval(script.source, keys.length, ...keys, ...values);
  }
}

/** As `runScript`, its strings as Buffers. */
export async function runScriptBuffer(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly ScriptValue[],
): Promise<unknown> {
  try {
    return await redis.callBuffer('EVALSHA', script.sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return redis.callBuffer('EVAL', script.source, keys.length, ...keys, ...values);
  }
}

/**
 * Runs a script once for each call, all in one pipeline; those that Redis did not know the script for are run again, in
 * order, by its source.
 * @returns for each call its reply, or the error: that of Redis (`isReplyError`), or of the connection, after which
 *   nobody knows whether the call was carried out
 */
export async function runPipeline(
  redis: Redis,
  script: Script,
  calls: readonly ScriptCall[],
): Promise<unknown[]> {
  const replies = await pipelined(redis, 'evalsha', script.sha, calls);
  const unknown = replies.flatMap((reply, i) => (isUnknownScript(reply) ? [i] : []));
  if (unknown.length > 0) {
    const again = await pipelined(
      redis,
      'eval',
      script.source,
      unknown.map((i) => calls[i]!),
    );
    for (const [at, i] of unknown.entries()) replies[i] = again[at];
  }
  return replies;
}

async function pipelined(
  redis: Redis,
  command: 'eval' | 'evalsha',
  script: string,
  calls: readonly ScriptCall[],
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const { keys, values } of calls) pipeline[command](script, keys.length, ...keys, ...values);
  const results = (await pipeline.exec()) ?? [];
  return results.map(([error, reply]) => error ?? reply);
}

/** Makes all scripts known to Redis, so that pipelines need not send their sources. */
export async function loadScripts(redis: Redis): Promise<void> {
  await Promise.all(Object.values(scripts).map(({ source }) => redis.script('LOAD', source)));
}
