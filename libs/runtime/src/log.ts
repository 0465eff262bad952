import { destination as openDestination, pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Written as `name` in every line, when several programs share an output. */
  readonly name?: string;
  /** Takes whole lines; default stdout. */
  readonly destination?: { write(line: string): void };
}

const secretFields = ['password', 'passphrase', 'secret', 'token', 'authorization', 'cookie'];
const redacted = [
  ...secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  // A Redis client hangs the failed command on its error, and the command may be AUTH.
  'err.command.args',
];

// What may wait for a reader of stdout that has stopped reading; beyond it lines are lost, not memory.
const maxBufferedBytes = 4 * 1024 * 1024;

/**
 * A pino logger: one JSON object per line, `time` in Unix ms, without pid and host name (the collector knows both).
 * Lines still buffered when the process exits are lost: `runUntilSignal` flushes before it exits.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: options.name === undefined ? null : { name: options.name },
      timestamp: stdTimeFunctions.epochTime,
      redact: { paths: redacted, censor: '***' },
    },
    options.destination ?? openStdout(),
  );
}

function openStdout(): ReturnType<typeof openDestination> {
  const stdout = openDestination({ dest: 1, sync: false, maxLength: maxBufferedBytes });
  // Called when the process exits, and it tries for ever to write to a reader that is gone.
  stdout.flushSync = () => {};
  return stdout;
}

/** Takes whole lines, without waiting; answers whether there was room. */
export interface LineOutput {
  write(line: string): boolean;
}

/**
 * Writes lines of another kind between those of the log. Two writers of one output would cut into each other's lines, and
 * only what is in the logger's own buffer is flushed when the process ends.
 */
export function lineOutput(logger: Logger): LineOutput {
  const { [pino.symbols.streamSym]: stream } = logger as unknown as Record<symbol, LogStream>;
  let hadRoom = true;
  // Told from within `write`.
  stream!.on?.('drop', () => (hadRoom = false));
  return {
    write(line) {
      hadRoom = true;
      stream!.write(line);
      return hadRoom;
    },
  };
}

interface LogStream {
  write(line: string): void;
  on?(event: 'drop', listener: () => void): void;
}
