// Where things are. Everything the scripts write goes below `.tributary/`, which git ignores.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What `npm start` keeps: the private Redis' data, logs, and the addresses of the running system. */
export const stateDir = join(root, '.tributary');

/** A program of one of the installed dependencies. */
export const bin = (name) => join(root, 'node_modules', '.bin', name);
