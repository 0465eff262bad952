// `.tributary/run.json`: which `npm start` runs in this directory, and where it listens. It is also the lock: one per
// directory, because two Redis servers on one append-only file would ruin it.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateDir } from './paths.mjs';
import { identify, isAlive } from './processes.mjs';
import { dim, Failure, say } from './say.mjs';

const file = join(stateDir, 'run.json');

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function write(content, flag) {
  mkdirSync(stateDir, { recursive: true });
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (flag !== undefined) return writeFileSync(file, text, { flag });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** What the `npm start` of this directory serves, or undefined when none runs or it is not ready yet. */
export function running() {
  const run = read();
  return run?.owner !== undefined && isAlive(run.owner) && run.redisUrl !== undefined ? run : undefined;
}

/** Children of an earlier run that was killed hard, where the kernel did not end them with it. */
async function endSurvivors(children) {
  const survivors = children.filter(isAlive);
  if (survivors.length === 0) return;
  say(
    dim(
      `Ending what an earlier run left behind: ${survivors.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`,
    ),
  );
  const signal = (name) => {
    for (const { pid } of survivors.filter(isAlive)) process.kill(pid, name);
  };
  signal('SIGTERM');
  for (let i = 0; i < 50 && survivors.some(isAlive); i++) await sleep(100);
  signal('SIGKILL');
}

/** Takes the directory for this process. @throws Failure when another `npm start` has it. */
export async function claimDirectory() {
  const owner = identify(process.pid);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      write({ owner }, 'wx');
      return owner;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const other = read();
    if (other?.owner !== undefined && isAlive(other.owner)) {
      throw new Failure(
        `npm start already runs in this directory (process ${other.owner.pid}).\n` +
          'Stop it with Ctrl-C in its terminal, or use a second clone with other ports.',
      );
    }
    await endSurvivors(other?.children ?? []);
    rmSync(file, { force: true });
  }
  throw new Failure(`Cannot write ${file}.`);
}

/** Adds to what the file says. */
export const publish = (facts) => write({ ...read(), ...facts });

/** Gives the directory back. */
export const releaseDirectory = () => rmSync(file, { force: true });
