// Redis on Debian and Ubuntu without root: the distribution's packages, fetched and unpacked into the user's cache.

import { accessSync, chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { onPath, run } from './commands.mjs';
import { dim, say } from './say.mjs';

const cache = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'tributary',
  `redis-${process.arch}`,
);
const wrapper = join(cache, 'redis-server');

/** `redis-server` is a link to a program of redis-tools, so both are needed; of the libraries, those there are. */
const needed = ['redis-server', 'redis-tools'];
const libraries = ['liblua5.1-0', 'libjemalloc2', 'liblzf1', 'lua-cjson', 'lua-bitop', 'libatomic1'];

/** The program unpacked by an earlier run, or undefined. */
export function unpackedRedis() {
  try {
    accessSync(wrapper);
    return wrapper;
  } catch {
    return undefined;
  }
}

/** apt's package lists, kept beside the cache: this user cannot refresh the system's. */
async function privateLists(folder) {
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'archives', 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${folder}`];
  await run('apt-get', [...options, 'update', '-q'], { ms: 120_000 });
  return options;
}

async function download(folder, options, name) {
  const { code } = await run('apt-get', [...options, 'download', '-q', name], { cwd: folder, ms: 120_000 });
  return code === 0;
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A program that runs the unpacked one with the unpacked libraries, so that callers need to know one path only. */
function writeWrapper(folder) {
  const folders = readdirSync(join(folder, 'usr', 'lib'))
    .filter((name) => /-linux-/.test(name))
    .map((name) => join(cache, 'usr', 'lib', name));
  const path = folders.map(quoted).join(':');
  const program = quoted(join(cache, 'usr', 'bin', 'redis-server'));
  writeFileSync(
    join(folder, 'redis-server'),
    `#!/bin/sh\nLD_LIBRARY_PATH=${path}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\nexport LD_LIBRARY_PATH\nexec ${program} "$@"\n`,
  );
  chmodSync(join(folder, 'redis-server'), 0o755);
}

/** Fetches and unpacks Redis. Undefined where that is not possible: no Debian, or no way to its archive. */
export async function unpackRedis() {
  if (onPath('apt-get') === undefined || onPath('dpkg') === undefined) return undefined;
  say(dim(`Fetching Redis' Debian packages into ${cache}, once …`));
  const folder = `${cache}.${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    let options = [];
    for (const name of needed) {
      if (await download(folder, options, name)) continue;
      options = await privateLists(folder);
      if (!(await download(folder, options, name))) return undefined;
    }
    for (const name of libraries) await download(folder, options, name);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', file, '.'], { cwd: folder });
      rmSync(join(folder, file));
    }
    for (const name of ['lists', 'archives']) rmSync(join(folder, name), { recursive: true, force: true });
    writeWrapper(folder);
    rmSync(cache, { recursive: true, force: true });
    renameSync(folder, cache);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return (await run(wrapper, ['--version'])).code === 0 ? wrapper : undefined;
}
