// A long-lived child process: its log, its readiness, its end.

import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from './guard.mjs';
import { eachLine, isAlarming, parseLine, readable } from './log-lines.mjs';
import { dim, say, yellow } from './say.mjs';

const keptLines = 200;

export class Child {
  #process;
  #lines = [];
  #log;
  #stopMs;
  /** By message: what waits for it. */
  #awaited = new Map();
  #isQuiet = true;

  /** Settles with a sentence about how it ended; never rejects. */
  ended;
  hasEnded = false;

  /**
   * @param dieWithParent signal it gets when this process is killed
   * @param logFile where everything it prints goes, if anywhere; begun anew
   * @param stopMs how long it may take to stop
   */
  constructor(name, command, args, { dieWithParent, logFile, stopMs, env }) {
    this.name = name;
    this.#stopMs = stopMs;
    if (logFile !== undefined) this.#log = createWriteStream(logFile, { flags: 'w' });
    // Detached: Ctrl-C must not reach it, because children are stopped one after the other.
    this.#process = spawnGuarded(dieWithParent, command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(env === undefined ? {} : { env }),
    });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#end(resolve, `could not be started (${error.message})`));
      this.#process.once('close', (code, signal) =>
        this.#end(resolve, signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
      );
    });
    eachLine(this.#process.stdout, (line) => this.#take(line));
    eachLine(this.#process.stderr, (line) => this.#take(line));
  }

  get pid() {
    return this.#process.pid;
  }

  #end(resolve, how) {
    this.hasEnded = true;
    this.#log?.end();
    resolve(`${this.name} ${how}`);
  }

  #take(line) {
    this.#log?.write(`${line}\n`);
    if (this.#lines.push(line) > keptLines) this.#lines.shift();
    const entry = parseLine(line);
    if (entry === undefined) return;
    this.#awaited.get(entry.msg)?.(entry);
    if (!this.#isQuiet && isAlarming(entry)) say(`${yellow(this.name)} ${readable(entry)}`);
  }

  /** From now on warnings and errors of its log are shown as they come. */
  showAlarms() {
    this.#isQuiet = false;
  }

  /** What it printed last, readable. */
  lastLines(count = 12) {
    return this.#lines
      .slice(-count)
      .map((line) => dim(`  ${readable(parseLine(line) ?? { msg: line })}`))
      .join('\n');
  }

  /** Everything it printed lately, as it came. */
  lately() {
    return this.#lines.join('\n');
  }

  /** Settles with the first log entry of that message, or undefined if the child ends without it. */
  async untilSays(message) {
    const said = new Promise((resolve) => this.#awaited.set(message, resolve));
    return Promise.race([said, this.ended.then(() => undefined)]);
  }

  /** TERM, a deadline, KILL. Settles when it is gone; may be called again. Answers whether it went by itself. */
  async stop() {
    if (this.hasEnded) return true;
    this.#process.kill('SIGTERM');
    const deadline = new AbortController();
    const isGone = await Promise.race([
      this.ended.then(() => true),
      sleep(this.#stopMs, false, { signal: deadline.signal }).catch(() => true),
    ]);
    deadline.abort();
    if (!isGone) {
      say(yellow(`${this.name} did not stop within ${this.#stopMs / 1000} s and was killed.`));
      this.kill();
      await this.ended;
    }
    return isGone;
  }

  /** At once, without a goodbye. */
  kill() {
    if (!this.hasEnded) this.#process.kill('SIGKILL');
  }
}
