// From a fresh clone to something that can be started: dependencies installed, packages built.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tailOf } from './commands.mjs';
import { bin, root } from './paths.mjs';
import { dim, Failure, say } from './say.mjs';

/**
 * Whether node_modules holds what the lock asks for. Compared by content, because a checkout changes the times of files.
 * Optional packages may be absent: most of them are for other platforms.
 */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages).every(([key, wanted]) => {
    if (!key.includes('node_modules/')) return true;
    const found = installed.packages[key];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.link === wanted.link;
  });
}

function needsInstall() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden) || !existsSync(bin('turbo'))) return true;
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  return !isInstalled(read(join(root, 'package-lock.json')), read(hidden));
}

/** The npm this script was started by, or the one on the PATH. */
function npm(args) {
  const cli = process.env.npm_execpath;
  const isNpm = cli !== undefined && /npm-cli\.[cm]?js$/.test(cli);
  return isNpm ? [process.execPath, [cli, ...args]] : ['npm', args];
}

async function install() {
  say(dim('Installing dependencies (npm ci), once …'));
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await run(...npm(args), { cwd: root });
  if (code !== 0) throw new Failure(`npm ci failed:\n${tailOf(output)}`);
}

async function build() {
  const { code, output } = await run(bin('turbo'), ['run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
      DO_NOT_TRACK: '1',
    },
  });
  if (code !== 0) throw new Failure(`The build failed:\n${tailOf(output, 80)}`);
}

/** Installs what is missing and builds what changed; a fraction of a second when there is nothing to do. */
export async function prepare() {
  if (needsInstall()) await install();
  if (!existsSync(join(root, 'apps', 'gateway', 'dist', 'main.js'))) say(dim('Building, once …'));
  await build();
}
