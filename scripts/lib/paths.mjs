// Where things are. Everything the scripts write goes into one directory, which git ignores.

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * What `npm start` keeps: the private Redis' data, logs, and the addresses of the running system.
 * `TRIBUTARY_STATE_DIR` puts it elsewhere; then a second system can run beside the first.
 */
export const stateDir = resolve(process.env.TRIBUTARY_STATE_DIR || join(root, '.tributary'));

/** A program of one of the installed dependencies. */
export const bin = (name) => join(root, 'node_modules', '.bin', name);
