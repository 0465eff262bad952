// Where a Redis server comes from: the PATH, an earlier unpacking, the system's package manager, an unpacking; else a
// message with every way to get one.

import { onPath, run } from './commands.mjs';
import { installPackages, packageManager, typed } from './packages.mjs';
import { unpackedRedis, unpackRedis } from './redis-unpack.mjs';
import { Failure } from './say.mjs';

const programs = ['redis-server', 'valkey-server'];
const oldest = [6, 2];

/** Major and minor version from `redis-server --version`, or undefined. */
export function versionOf(output) {
  const match = /\bv=(\d+)\.(\d+)/.exec(output);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

const isEnough = ([major, minor]) => major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);

/** A server on the PATH that is new enough. @throws Failure if the only one there is too old. */
async function installedRedis(ways) {
  let tooOld;
  for (const program of programs.map((name) => onPath(name)).filter((path) => path !== undefined)) {
    const version = versionOf((await run(program, ['--version'], { ms: 5000 })).output);
    if (version !== undefined && isEnough(version)) return program;
    tooOld = version === undefined ? undefined : `${program} is version ${version.join('.')}`;
  }
  if (tooOld !== undefined)
    throw new Failure(`${tooOld}; Tributary needs ${oldest.join('.')} or newer.\n\n${advice(ways)}`);
  return undefined;
}

/**
 * Every way to get a Redis, for this machine.
 * @param ways `program`: the program itself is needed, because more than one is started; `any`: one elsewhere will do
 */
export function advice(ways, manager = packageManager()) {
  const install =
    manager === undefined ? 'install redis or valkey' : typed(manager, [packagesFor(manager)[0]]);
  if (ways === 'program')
    return `This command starts Redis servers of its own. Install one, then run it again:\n  ${install}`;
  return [
    'Give it a Redis in one of these ways:',
    `  1. install it        ${install}`,
    '                       npm start',
    '  2. with Docker       docker run --rm -p 6379:6379 redis:7 redis-server \\',
    '                         --appendonly yes --appendfsync always --maxmemory-policy noeviction',
    '                       TRIBUTARY_REDIS_URL=redis://127.0.0.1:6379 npm start',
    '  3. use one you have  TRIBUTARY_REDIS_URL=redis://user:password@host:6379 npm start',
  ].join('\n');
}

const packagesFor = ({ name }) => (name === 'apt-get' ? ['redis-server'] : ['redis', 'valkey']);

/**
 * The path of a Redis (or Valkey) server program, installed if need be.
 * @throws Failure that names the other `ways` (see `advice`)
 */
export async function ensureRedis(ways = 'program') {
  const found = (await installedRedis(ways)) ?? unpackedRedis();
  if (found !== undefined) return found;
  const manager = packageManager();
  if (manager?.mayInstall === true) {
    for (const name of packagesFor(manager)) {
      if (!(await installPackages(manager, [name]))) continue;
      const installed = await installedRedis(ways);
      if (installed !== undefined) return installed;
    }
  }
  const unpacked = await unpackRedis();
  if (unpacked !== undefined) return unpacked;
  throw new Failure(
    `There is no Redis on this machine, and it could not be installed.\n\n${advice(ways, manager)}`,
  );
}
