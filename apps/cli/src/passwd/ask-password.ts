import type { ReadStream } from 'node:tty';
import { Failure } from '../usage-error.ts';

/** Longest password the gateway takes, bytes. */
export const maxPasswordBytes = 1024;

/** Where a password comes from: a person at a terminal, or a pipe. */
export type PasswordInput = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;

const newline = 0x0a;
const keys = { interrupt: '\u0003', end: '\u0004', backspace: '\u007f', erase: '\b' } as const;

/**
 * The new password: asked for twice at a terminal, which does not show it; else the first line of the input.
 * @param say shows a prompt
 * @param stop aborted when the person wants it to end
 * @throws Failure when there is none, it is too long or no text, the two differ, or it was stopped
 */
export async function askPassword(
  input: PasswordInput,
  say: (text: string) => void,
  stop: AbortSignal,
): Promise<string> {
  const asked = input.isTTY === true ? twice(input, say) : firstLine(input);
  return checked(await unlessStopped(asked, stop));
}

async function twice(input: PasswordInput, say: (text: string) => void): Promise<string> {
  say('New password: ');
  const password = checked(await hiddenLine(input, say));
  say('Once more: ');
  if ((await hiddenLine(input, say)) !== password)
    throw new Failure('the two passwords differ; nothing was changed');
  return password;
}

function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(givenUp());
    if (stop.aborted) end();
    stop.addEventListener('abort', end, { once: true });
    void work.then(resolve, reject).finally(() => stop.removeEventListener('abort', end));
  });
}

const givenUp = (): Failure => new Failure('given up; nothing was changed');

function checked(password: string): string {
  if (password === '') throw new Failure('no password was given; nothing was changed');
  if (Buffer.byteLength(password) > maxPasswordBytes)
    throw new Failure(`a password has at most ${maxPasswordBytes} bytes; nothing was changed`);
  return password;
}

/** Reads no more of an endless input than a password may have. */
async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const read = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    chunks.push(read);
    bytes += read.length;
    if (read.includes(newline) || bytes > maxPasswordBytes) break;
  }
  const all = Buffer.concat(chunks);
  const end = all.indexOf(newline);
  return textOf(end < 0 ? all : all.subarray(0, end)).replace(/\r$/, '');
}

/** What is no text would become a password nobody can type. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > maxPasswordBytes + 1) return bytes.toString(); // too long, whatever it says
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure('a password is text in UTF-8; nothing was changed');
  }
}

/** A line of a terminal, without showing it. */
function hiddenLine(input: PasswordInput, say: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const done = (act: () => void): void => {
      input.off('data', onData).off('end', onEnd);
      input.setRawMode?.(false);
      input.pause();
      say('\n');
      act();
    };
    const onData = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) {
        if (key === '\r' || key === '\n') return done(() => resolve(line));
        if (key === keys.interrupt || key === keys.end) return done(() => reject(givenUp()));
        line = key === keys.backspace || key === keys.erase ? line.slice(0, -1) : line + key;
      }
    };
    const onEnd = (): void => done(() => reject(givenUp()));
    input.setRawMode?.(true);
    input.on('data', onData).on('end', onEnd);
    input.resume();
  });
}
