import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { campaign } from './campaign.ts';
import { type Case, casesFromText, casesToText } from './case.ts';
import { Failure, type FailureKind } from './failure.ts';
import { found } from './found.ts';
import type { Judge } from './log-watch.ts';
import { reduce, replay } from './reduce.ts';
import { replayFromText } from './replay-file.ts';
import { Rig } from './rig.ts';
import { run } from './run.ts';
import type { Variant } from './variants.ts';

let redis: RedisServer;
const variant = 'round-robin';
const directory = mkdtempSync(join(tmpdir(), 'tributary-fuzz-'));
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('mutated sessions of a fixed seed break no promise, and nothing stays of them', async () => {
  const outcome = await campaign({ seed: 20_260_101, cases: 200, forMs: 200_000 }, { redis, variant });
  const last = [...outcome.log, casesToText(outcome.suspects.slice(-1))].join('\n');
  expect(outcome.failure?.message, last).toBeUndefined();
  expect(outcome.cases).toBe(200);
}, 300_000);

test('what was found before does not come again', async () => {
  const told: string[] = [];
  const rigs = new Map<Variant, Rig>();
  for (const { name, replay } of found) {
    const { variant: kind, cases } = replayFromText(replay);
    const rig = rigs.get(kind) ?? (await Rig.start({ redis, variant: kind }));
    rigs.set(kind, rig);
    try {
      for (let round = 0; round < 10; round++) for (const one of cases) await rig.play(one);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      told.push(`${name}: ${error.message}`);
      await rig.kill();
      rigs.delete(kind);
    }
  }
  for (const rig of rigs.values()) {
    try {
      await rig.settle();
    } finally {
      await rig.kill();
    }
  }
  expect(told).toEqual([]);
}, 180_000);

const [takeover, talker] = casesFromText(`
  case takeover
  0 open tcp
  1 open tcp
  0 send: 10140004 "MQTT" 0402003c0008 "somebody" ; CONNECT somebody
  0 greeted
  1 send: 10170004 "MQTT" 0402003c000b "steady-five" ; CONNECT as a bystander
  1 greeted
  0 send: c000 ; PINGREQ
  0 ponged 1
  case talker
  0 open tcp stays
  0 send: 10140004 "MQTT" 0402003c0008 "somebody" ; CONNECT somebody
  0 greeted`) as [Case, Case];

/** The kind of failure that is thrown. */
async function failureOf(work: Promise<unknown>): Promise<FailureKind | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
}

test('a node that complains, keeps, loses, hangs or ends is noticed', async () => {
  // Two of these deadlines pass. Its sessions last, as the sleeper has to be away for long enough to be robbed.
  const rig = await Rig.start({ redis, variant, deadlineMs: 2500, leftMs: 200, sessionSeconds: 60 });
  try {
    expect(await failureOf(rig.play(talker))).toBeUndefined();
    rig.gateway.process.lines.push('(node:1) Warning: something is wrong');
    expect(await failureOf(rig.play(talker))).toBe('log');
    await redis.client.hset('tributary:{p1}:session:nobody', 'expiry', '1');
    expect(await failureOf(rig.settle())).toBe('leftover');
    while (rig.isComplete) await rig.play(talker);
    await rig.play(talker); // now it is away
    await rig.play(talker);
    await redis.client.del(await redis.client.keys('*:queue:steady-sleeper'));
    expect(await failureOf(rig.play(talker))).toBe('bystander');
    rig.gateway.process.signal('SIGSTOP');
    expect(await failureOf(rig.play(talker))).toBe('hang');
    rig.gateway.process.signal('SIGCONT');
    await rig.gateway.kill();
    expect(await failureOf(rig.play(talker))).toBe('exit');
  } finally {
    rig.gateway.process.signal('SIGCONT');
    await rig.kill();
  }
});

test('a bystander that is disconnected is noticed, and what did it is made small', async () => {
  const failure = (await replay([takeover], { redis, variant }))!;
  expect(failure.kind).toBe('bystander');
  const reduced = await reduce([talker, takeover], failure, { redis, variant }, 120_000);
  const smallest = casesFromText(`
    case takeover
    0 open tcp
    0 send: 10170004 "MQTT" 0402003c000b "steady-five" ; CONNECT as a bystander
    0 greeted`);
  expect(casesToText(reduced ?? [])).toBe(casesToText(smallest));
}, 180_000);

/** As if no device might ever speak before its CONNECT. */
const planted: Judge = ({ detail }) => (detail === 'no CONNECT first' ? 'planted' : undefined);

test('an expectation that is broken is found, kept in a file, and found in the file again', async () => {
  const said: string[] = [];
  const play = (args: string[], judge: Judge): Promise<number> =>
    run({
      args,
      judge,
      directory,
      cwd: directory,
      say: (line) => said.push(line),
      isStopped: () => false,
      reduceMs: 1500,
    });
  expect(await play(['--seed', '1', '--seconds', '20'], planted), said.join('\n')).toBe(1);
  const [file = ''] = readdirSync(directory);
  expect(replayFromText(readFileSync(join(directory, file), 'utf8')).variant).toBe('least-inflight');
  expect(await play(['--replay', file], planted)).toBe(1);
}, 120_000);
