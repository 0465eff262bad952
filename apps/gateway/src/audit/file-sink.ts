import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { AuditRecord } from './audit-record.ts';
import { type AuditSink, type SinkNews, SinkState } from './audit-sink.ts';
import { Backlog, type Batch } from './backlog.ts';
import { jsonLine } from './json-line.ts';

export interface FileSinkOptions {
  readonly path: string;
  /** `always`: after each write; `everysec`: once a second; `no`: when the system likes. */
  readonly fsync: 'always' | 'everysec' | 'no';
  readonly maxBufferBytes: number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
}

/** A pipe without a reader must not hold up a thread of the process: it fails, and is tried again. */
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
/** How often it is looked whether the file was moved away, and how long to wait after a failure, ms. */
const lookMs = 1000;
const syncMs = 1000;
const writeBytes = 64 * 1024;

/**
 * Appends lines to a file that logrotate may move away at any time: a file that is not at its path any more is left, and
 * a new one begun. A full disk loses what finds no room in the buffer, nothing else.
 */
export class FileSink implements AuditSink {
  readonly name = 'file';
  readonly #options: FileSinkOptions;
  readonly #backlog: Backlog;
  readonly #state: SinkState;
  #file: FileHandle | undefined;
  #identity: Pick<Stats, 'dev' | 'ino'> | undefined;
  #lookedMs = -Infinity;
  #isWriting = false;
  #isStopped = false;
  #retry: NodeJS.Timeout | undefined;
  #sync: NodeJS.Timeout | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(options: FileSinkOptions, news: SinkNews) {
    this.#options = options;
    this.#backlog = new Backlog(options.maxBufferBytes);
    this.#state = new SinkState('file', news);
  }

  get dropped(): number {
    return this.#backlog.dropped;
  }
  get waitingBytes(): number {
    return this.#backlog.bytes;
  }

  write(record: AuditRecord): void {
    if (this.#isStopped) return;
    if (this.#backlog.offer(Buffer.from(jsonLine(record))) && this.#retry === undefined) void this.#drain();
  }

  reopen(): void {
    this.#lookedMs = -Infinity;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#sync);
    if (this.#isWriting) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.#drain();
    this.#backlog.abandon();
    await this.#close();
  }

  /** Writes until nothing waits or something fails; one at a time. */
  async #drain(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      while (!this.#backlog.isEmpty) await this.#writeSome();
      this.#state.works();
    } catch (error) {
      this.#state.failed(error);
      this.#retryLater();
    } finally {
      this.#isWriting = false;
      for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }

  async #writeSome(): Promise<void> {
    const file = await this.#rightFile();
    const { bytes } = this.#backlog.takeUpTo(writeBytes);
    let written = 0;
    try {
      while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
    } finally {
      // A full disk takes a part of a line: the rest of it follows when there is room.
      this.#backlog.giveBack(batchOf(bytes.subarray(written)));
    }
    if (this.#options.fsync === 'always') await file.datasync();
    else if (this.#options.fsync === 'everysec') this.#syncSoon();
  }

  /** The file at the path, as far as it was looked within the last second. */
  async #rightFile(): Promise<FileHandle> {
    const { path, monotonic } = this.#options;
    const nowMs = monotonic();
    if (this.#file !== undefined && nowMs - this.#lookedMs < lookMs) return this.#file;
    this.#lookedMs = nowMs;
    if (this.#file !== undefined && (await this.#isMoved(path))) await this.#close();
    if (this.#file === undefined) {
      // Nobody may lead the node to write elsewhere by a link, and only its group may read who connected.
      this.#file = await open(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o640);
      this.#identity = await this.#file.stat();
    }
    return this.#file;
  }

  async #isMoved(path: string): Promise<boolean> {
    const there = await stat(path).catch(() => undefined);
    return there?.ino !== this.#identity?.ino || there?.dev !== this.#identity?.dev;
  }

  #syncSoon(): void {
    this.#sync ??= setTimeout(() => {
      this.#sync = undefined;
      this.#file?.datasync().catch((error: unknown) => this.#state.failed(error));
    }, syncMs).unref();
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#drain();
    }, lookMs).unref();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    if (this.#options.fsync !== 'no') await file.datasync().catch(() => {});
    await file.close().catch(() => {});
  }
}

/** Lines, the first of them perhaps not whole. */
function batchOf(bytes: Buffer): Batch {
  let lines = 0;
  for (const byte of bytes) if (byte === 0x0a) lines++;
  return { bytes, lines };
}
