import { once, withDeadline } from './deadline.ts';
import type { Logger } from './log.ts';

/** Why a process stops: a signal, its own failure, or the death of the process that started it. */
export type StopReason = 'SIGTERM' | 'SIGINT' | 'start-failed' | 'unexpected-error' | 'parent-lost';

/** The parts of `process` a lifecycle touches. */
export interface ProcessHost {
  readonly ppid: number;
  readonly env: NodeJS.ProcessEnv;
  on(event: string, listener: (cause: unknown) => void): unknown;
  exit(code: number): void;
}

export interface Lifecycle {
  /** Brings the program up. May take as long as it needs: a signal meanwhile still stops the program. */
  start(): Promise<void>;
  /** Takes it down in order; called once, also when `start` failed or has not ended yet. */
  stop(reason: StopReason): Promise<void>;
  /** How long `stop` may take before the process exits regardless, ms. */
  readonly deadlineMs: number;
  readonly logger: Logger;
  readonly host?: ProcessHost;
}

const echoMs = 1_000;
const parentPollMs = 1_000;
const flushMs = 500;

/**
 * Runs a program until SIGTERM or SIGINT, then stops it in order and exits 0; exits 1 when it failed to start, hit an
 * unexpected error, lost its parent (watched when `TRIBUTARY_PARENT_WATCH` holds its process id) or did not stop within its deadline. A
 * second signal exits 1 at once.
 */
export async function runUntilSignal(lifecycle: Lifecycle): Promise<void> {
  const { logger, host = process } = lifecycle;
  let exitCode = 0;
  let stopping: StopReason | undefined;

  const stopOnce = once(async () => {
    const reason = stopping ?? 'unexpected-error';
    try {
      await withDeadline(lifecycle.stop(reason), lifecycle.deadlineMs, () => {
        exitCode = 1;
        logger.error({ deadlineMs: lifecycle.deadlineMs }, 'did not stop within its deadline');
      });
    } catch (err) {
      exitCode = 1;
      logger.error({ err }, 'stopping failed');
    }
    await flushed(logger);
    host.exit(exitCode);
  });
  const stopFor = (reason: StopReason, code: 0 | 1): void => {
    stopping ??= reason;
    exitCode = Math.max(exitCode, code);
    void stopOnce();
  };

  watchSignals(host, logger, (signal) => stopFor(signal, 0));
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    host.on(event, (cause) => {
      logger.fatal({ err: asError(cause), event }, 'unexpected error');
      stopFor('unexpected-error', 1);
    });
  }
  const parent = Number(host.env.TRIBUTARY_PARENT_WATCH ?? 0);
  if (parent > 0) watchParent(parent, host, logger, () => stopFor('parent-lost', 1));

  try {
    await lifecycle.start();
  } catch (err) {
    if (stopping !== undefined) return;
    logger.fatal({ err: asError(err) }, 'start failed');
    stopFor('start-failed', 1);
  }
}

/**
 * Resolves when the log is written, or cannot be. The last chance for its last lines: exiting writes none.
 */
async function flushed(logger: Logger): Promise<void> {
  const written = new Promise<void>((resolve) => logger.flush(() => resolve()));
  await withDeadline(written, flushMs, () => {});
}

function watchSignals(
  host: ProcessHost,
  logger: Logger,
  onFirst: (signal: 'SIGTERM' | 'SIGINT') => void,
): void {
  let first: { signal: string; atMs: number } | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    host.on(signal, () => {
      if (first === undefined) {
        first = { signal, atMs: performance.now() };
        logger.info({ signal }, 'stopping');
        onFirst(signal);
        return;
      }
      // One Ctrl-C reaches a child twice: from the terminal as SIGINT and from its parent as SIGTERM.
      const isEcho = first.signal !== signal && performance.now() - first.atMs < echoMs;
      if (isEcho) return;
      logger.warn({ signal }, 'second signal, exiting at once');
      void flushed(logger).then(() => host.exit(1));
    });
  }
}

/** By the id the parent gave, because it may have died before this process could ask. */
function watchParent(parent: number, host: ProcessHost, logger: Logger, onLost: () => void): void {
  const timer = setInterval(() => {
    if (host.ppid === parent) return;
    clearInterval(timer);
    logger.warn({ parent }, 'the parent process died');
    onLost();
  }, parentPollMs);
  timer.unref();
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause), { cause });
}
