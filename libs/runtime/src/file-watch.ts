import { type BigIntStats, type FSWatcher, statSync, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface FileWatchOptions {
  /** Followed through symbolic links. They need not be there. */
  readonly files: readonly string[];
  /** One or more were changed, replaced, removed or came back, and have stood still for `settleMs` since. */
  readonly onChange: () => void;
  /** How often the files are looked at whatever the kernel says, ms. Network file systems and links to elsewhere tell nothing. */
  readonly pollMs?: number;
  /** How long they must stand still, ms: a certificate and its key are two files. */
  readonly settleMs?: number;
}

/**
 * Watches a few files for as long as it runs: writes, atomic renames, and swaps of a symbolic link somewhere above them, as
 * Kubernetes does with secrets. What the files were is taken when it is made, so make it before reading them: a change in
 * between is told then. Holds no process open.
 */
export class FileWatch {
  readonly #files: readonly string[];
  readonly #onChange: () => void;
  readonly #pollMs: number;
  readonly #settleMs: number;
  readonly #watchers: FSWatcher[] = [];
  #seen: string;
  #isUnsettled = false;
  #isLooking = false;
  #isStopped = false;
  #poll: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor({ files, onChange, pollMs = 1000, settleMs = 100 }: FileWatchOptions) {
    this.#files = [...new Set(files)];
    this.#onChange = onChange;
    this.#pollMs = pollMs;
    this.#settleMs = settleMs;
    this.#seen = this.#files.map(markNow).join('\n');
  }

  /** Idempotent. */
  start(): void {
    if (this.#poll !== undefined || this.#isStopped || this.#files.length === 0) return;
    this.#poll = setInterval(() => void this.#look(), this.#pollMs).unref();
    for (const dir of new Set(this.#files.map((file) => dirname(file)))) this.#listenTo(dir);
  }

  /** Idempotent. `onChange` is not called any more. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  /** The kernel's word is a hint to look at once; without it the poll finds out. */
  #listenTo(dir: string): void {
    try {
      const watcher = watch(dir, { persistent: false }, () => this.#lookSoon());
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // No such directory now, or no watches left: the poll is enough.
    }
  }

  #lookSoon(): void {
    if (this.#isStopped || this.#soon !== undefined) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      void this.#look();
    }, this.#settleMs).unref();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const marks = await Promise.all(this.#files.map(markOf));
    this.#isLooking = false;
    if (this.#isStopped) return;
    const now = marks.join('\n');
    if (now !== this.#seen) {
      this.#seen = now;
      this.#isUnsettled = true;
      this.#lookSoon();
    } else if (this.#isUnsettled) {
      this.#isUnsettled = false;
      this.#onChange();
    }
  }
}

/** Tells any two states of a file apart. */
const markFrom = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;

function markNow(file: string): string {
  try {
    return markFrom(statSync(file, { bigint: true }));
  } catch {
    return 'absent';
  }
}

async function markOf(file: string): Promise<string> {
  try {
    return markFrom(await stat(file, { bigint: true }));
  } catch {
    return 'absent';
  }
}
