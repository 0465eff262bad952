// Starting a process that does not outlive this one, even when this one is killed with KILL: on Linux the kernel sends
// the signal (`setpriv --pdeathsig`, util-linux). Elsewhere there is no such thing, and the process is started plainly.

import { spawn, spawnSync } from 'node:child_process';

let known;

function hasSetpriv() {
  known ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return known;
}

/** `spawn`, with a signal (`TERM`, `KILL`) for when this process dies. The child's pid is the program's own. */
export function spawnGuarded(signal, command, args, options) {
  return hasSetpriv()
    ? spawn('setpriv', ['--pdeathsig', signal, command, ...args], options)
    : spawn(command, args, options);
}
