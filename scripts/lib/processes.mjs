// Telling processes apart: a pid alone may have been given to somebody else since.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Differs from one start of the machine to the next; process ids and their start times may not. */
const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Something that stays the same for one process and differs for the next one with its pid; undefined if it is gone. */
export function birthOf(pid) {
  try {
    if (process.platform !== 'linux') {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
      );
    }
    // Fields after the name in parentheses: state is the 3rd of /proc/PID/stat, starttime the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return fields[0] === 'Z' ? undefined : `${bootId()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** A process as it is written into a file. */
export const identify = (pid) => ({ pid, birth: birthOf(pid) });

/** Whether that very process still runs. */
export const isAlive = ({ pid, birth }) => birth !== undefined && birthOf(pid) === birth;
