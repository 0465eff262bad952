import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { startRedis } from '../support/redis.ts';
import { campaign, type Outcome } from './campaign.ts';
import { type Command, readCommand } from './command-line.ts';
import type { Failure } from './failure.ts';
import type { Judge } from './log-watch.ts';
import { memoryToText } from './memory.ts';
import { reduce, replay } from './reduce.ts';
import { type Replay, replayFromText, replayToText } from './replay-file.ts';
import type { RigOptions } from './rig.ts';
import { variantOf } from './variants.ts';

/** What a run needs of its surroundings. */
export interface Surroundings {
  readonly args: readonly string[];
  /** File names are relative to it. */
  readonly cwd: string;
  /** Where replay files go. */
  readonly directory: string;
  readonly say: (line: string) => void;
  readonly isStopped: () => boolean;
  /** Longest time a failure is made smaller, ms. */
  readonly reduceMs: number;
  /** What else no line of the log may say. */
  readonly judge?: Judge;
}

/** The fuzzer as a program. Answers its exit code: 0 when nothing failed, 1 when something did. */
export async function run(surroundings: Surroundings): Promise<number> {
  const command = readCommand(surroundings.args, Date.now());
  const redis = await startRedis();
  const { judge } = surroundings;
  const options = { redis, ...(judge === undefined ? {} : { judge }) };
  try {
    return await (command.replay === undefined
      ? fuzz(command, surroundings, { ...options, variant: variantOf(command.seed) })
      : replayFile(command.replay, surroundings, options));
  } finally {
    await redis.stop();
  }
}

async function fuzz(command: Command, surroundings: Surroundings, options: RigOptions): Promise<number> {
  const { say, isStopped } = surroundings;
  const { seed, seconds, case: number } = command;
  const what = number === undefined ? `${seconds} s` : `case ${number}`;
  say(`seed ${seed}, ${what}, shared subscriptions ${options.variant}`);
  const begun = performance.now();
  const outcome = await campaign(
    {
      seed,
      forMs: seconds * 1000,
      ...(number === undefined ? {} : { from: number, cases: 1 }),
      onLook: (cases, memory) => say(`${cases} cases, ${memoryToText(memory)}`),
      isStopped,
    },
    options,
  );
  const took = ((performance.now() - begun) / 1000).toFixed(0);
  if (outcome.failure === undefined) {
    say(`${outcome.cases} cases in ${took} s, nothing failed`);
    return 0;
  }
  say(told(outcome.failure, outcome, seed));
  await keep(outcome, outcome.failure, surroundings, options);
  return 1;
}

const told = ({ kind, message }: Failure, { suspects, log }: Outcome, seed: number): string =>
  [
    `FAILED: ${kind}: ${message}`,
    `seed ${seed}, case ${suspects.at(-1)?.name ?? '-'}`,
    'last lines of the log:',
    ...log.slice(-8).map((line) => `  ${line.slice(0, 400)}`),
  ].join('\n');

/** Makes the failure small and writes its replay file. */
async function keep(
  { suspects }: Outcome,
  failure: Failure,
  { say, cwd, directory, reduceMs }: Surroundings,
  options: RigOptions,
): Promise<void> {
  say(`looking for fewer steps that fail, at most ${reduceMs / 1000} s`);
  const reduced = await reduce(suspects, failure, options, reduceMs);
  if (reduced === undefined) say('it did not come again on a new node; all that may have caused it is kept');
  const file = write(directory, { variant: options.variant, cases: reduced ?? suspects }, failure);
  say(`replay with: npm run fuzz -- --replay ${relative(cwd, file)}`);
}

function write(directory: string, replay: Replay, { kind, message }: Failure): string {
  mkdirSync(directory, { recursive: true });
  const name = replay.cases.at(-1)?.name.replaceAll(/\W/g, '-') ?? 'nothing';
  const file = join(directory, `${name}-${kind}.txt`);
  writeFileSync(file, replayToText(replay, [`${kind}: ${message.slice(0, 1000)}`]));
  return file;
}

async function replayFile(
  name: string,
  { cwd, say }: Surroundings,
  options: Omit<RigOptions, 'variant'>,
): Promise<number> {
  const { variant, cases } = replayFromText(readFileSync(resolve(cwd, name), 'utf8'));
  const failure = await replay(cases, { ...options, variant });
  say(failure === undefined ? 'nothing failed' : `FAILED: ${failure.kind}: ${failure.message}`);
  return failure === undefined ? 0 : 1;
}
