// Installing a program of the system with the system's own package manager, where this user may.

import { mkdirSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath, run, tailOf } from './commands.mjs';
import { stateDir } from './paths.mjs';
import { dim, say, yellow } from './say.mjs';

const managers = [
  { name: 'apt-get', refresh: ['update', '-q'], install: ['install', '-y', '--no-install-recommends'] },
  { name: 'apk', install: ['add', '--no-cache'] },
  { name: 'dnf', install: ['install', '-y'] },
  { name: 'yum', install: ['install', '-y'] },
  { name: 'brew', install: ['install'], anyUser: true },
];

const isRoot = process.getuid?.() === 0;

/** The package manager of this system, with `mayInstall`: whether this user can install with it. */
export function packageManager() {
  const found = managers.find(({ name }) => onPath(name) !== undefined);
  if (found === undefined) return undefined;
  return { ...found, mayInstall: found.anyUser === true ? !isRoot : isRoot };
}

/** A manager's command as a person would type it. */
export const typed = ({ name, install, anyUser }, packages) =>
  `${anyUser === true ? '' : 'sudo '}${[name, ...install.filter((arg) => !arg.startsWith('--')), ...packages].join(' ')}`;

let isFresh = false;

async function logged(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' };
  const { code, output } = await run(command, args, { env });
  mkdirSync(join(stateDir, 'logs'), { recursive: true });
  appendFileSync(join(stateDir, 'logs', 'install.log'), `$ ${[command, ...args].join(' ')}\n${output}\n`);
  return { code, output };
}

/**
 * Installs packages, saying so. Answers whether it worked; the reason it did not is printed.
 * Everything the package manager says is kept in `.tributary/logs/install.log`.
 */
export async function installPackages(manager, packages) {
  say(dim(`Installing ${packages.join(', ')} with ${manager.name}, once …`));
  if (manager.refresh !== undefined && !isFresh) await logged(manager.name, manager.refresh);
  isFresh = true;
  const { code, output } = await logged(manager.name, [...manager.install, ...packages]);
  if (code === 0) return true;
  say(yellow(`${manager.name} could not install ${packages.join(', ')}:`));
  say(tailOf(output, 5));
  return false;
}
