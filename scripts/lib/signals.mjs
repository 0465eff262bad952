// Being asked to stop: Ctrl-C, TERM, a closed terminal.

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** npm passes Ctrl-C on to a process the terminal has already told; the echo must not count as impatience. */
const echoMs = 1000;

/**
 * Settles with the first signal's name. Asked again after that, `onImpatience` is called.
 * From the call on, none of these signals ends the process by itself.
 */
export function untilSignal(onImpatience = () => {}) {
  return new Promise((resolve) => {
    let first;
    for (const name of signals) {
      process.on(name, () => {
        if (first === undefined) first = Date.now();
        else if (Date.now() - first > echoMs) onImpatience();
        resolve(name);
      });
    }
  });
}
