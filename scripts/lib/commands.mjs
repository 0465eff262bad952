// Running programs of the system to their end.

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnGuarded } from './guard.mjs';

/** The path of a program on the PATH, or undefined. */
export function onPath(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not here
    }
  }
  return undefined;
}

/**
 * Runs a program and gathers what it prints. Never throws: a program that cannot be started answers code 127.
 * `ms` is a deadline after which it is killed.
 */
export function run(command, args, { ms, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawnGuarded('TERM', command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const timer = ms === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), ms);
    let output = '';
    const gather = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', gather);
    child.stderr.setEncoding('utf8').on('data', gather);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, output: `${command}: ${error.message}` });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === null ? 1 : 128), output });
    });
  });
}

/** The last lines of a long output. */
export const tailOf = (output, lines = 40) => output.trimEnd().split('\n').slice(-lines).join('\n');
