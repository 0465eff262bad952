// `.tributary/run.json`: which `npm start` runs in this directory, and where it listens. It is also the lock: one per
// directory, because two Redis servers on one append-only file would ruin it.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateDir } from './paths.mjs';
import { identify, isAlive } from './processes.mjs';
import { dim, Failure, say } from './say.mjs';

const file = join(stateDir, 'run.json');

/** A file that a power cut left broken: nobody owns it. */
const ownerless = { owner: { pid: 0 }, children: [] };

/** What the file says, or undefined if there is none. */
function read(path = file) {
  try {
    const run = JSON.parse(readFileSync(path, 'utf8'));
    return run?.owner === undefined ? ownerless : run;
  } catch (error) {
    return error.code === 'ENOENT' ? undefined : ownerless;
  }
}

/** Writes a whole file beside the real one and hands it to `place`, so that nobody reads half of one. */
function write(content, place) {
  const draft = `${file}.${process.pid}`;
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`);
  try {
    place(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What the `npm start` of this directory serves, or undefined when none runs or it is not ready yet. */
export function running() {
  const run = read();
  return run?.redisUrl !== undefined && isAlive(run.owner) ? run : undefined;
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

const heldBy = ({ pid }) =>
  new Failure(
    `npm start already runs in this directory (process ${pid}).\n` +
      'Stop it with Ctrl-C in its terminal, or start this one with TRIBUTARY_STATE_DIR and other ports.',
  );

/** Takes away what a dead owner left. Renamed first: if it is not what was read, somebody was faster, and has it back. */
async function clear(stale) {
  const aside = `${file}.${process.pid}.stale`;
  renameSync(file, aside);
  const found = read(aside);
  if (found.owner.birth !== stale.owner.birth) {
    linkSync(aside, file);
    rmSync(aside);
    throw heldBy(found.owner);
  }
  rmSync(aside);
  await endSurvivors(found.children ?? []);
}

/** Takes the directory for this process. @throws Failure when another `npm start` has it. */
export async function claimDirectory() {
  const claim = { owner: identify(process.pid) };
  const stale = read();
  if (stale !== undefined) {
    if (isAlive(stale.owner)) throw heldBy(stale.owner);
    await clear(stale);
  }
  try {
    write(claim, linkSync);
  } catch (error) {
    if (error.code === 'EEXIST') throw heldBy(read()?.owner ?? { pid: 'unknown' });
    throw error;
  }
}

/** Adds to what the file says. */
export const publish = (facts) => write({ ...read(), ...facts }, renameSync);

/** Gives the directory back. */
export const releaseDirectory = () => rmSync(file, { force: true });
