import type { ReadStream } from 'node:tty';
import { Failure } from '../usage-error.ts';

/** Longest password the gateway takes, bytes. */
export const maxPasswordBytes = 1024;

/** Where a password comes from: a person at a terminal, or a pipe. */
export type PasswordInput = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;

const keys = { interrupt: '\u0003', end: '\u0004', backspace: '\u007f', erase: '\b' } as const;

/**
 * The new password: asked for twice at a terminal, which does not show it; else the first line of the input.
 * @param say shows a prompt
 * @throws Failure when there is none, it is too long, or the two differ
 */
export async function askPassword(input: PasswordInput, say: (text: string) => void): Promise<string> {
  if (input.isTTY !== true) return checked(await firstLine(input));
  say('New password: ');
  const password = checked(await hiddenLine(input, say));
  say('Once more: ');
  if ((await hiddenLine(input, say)) !== password)
    throw new Failure('the two passwords differ; nothing was changed');
  return password;
}

function checked(password: string): string {
  if (password === '') throw new Failure('no password was given; nothing was changed');
  if (Buffer.byteLength(password) > maxPasswordBytes)
    throw new Failure(`a password has at most ${maxPasswordBytes} bytes; nothing was changed`);
  return password;
}

/** Reads no more of an endless input than a password may have. */
async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += chunk.toString();
    if (text.includes('\n') || text.length > maxPasswordBytes) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** A line of a terminal, without showing it. */
function hiddenLine(input: PasswordInput, say: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const done = (act: () => void): void => {
      input.off('data', onData);
      input.setRawMode?.(false);
      input.pause();
      say('\n');
      act();
    };
    const onData = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) {
        if (key === '\r' || key === '\n') return done(() => resolve(line));
        if (key === keys.interrupt || key === keys.end)
          return done(() => reject(new Failure('given up; nothing was changed')));
        line = key === keys.backspace || key === keys.erase ? line.slice(0, -1) : line + key;
      }
    };
    input.setRawMode?.(true);
    input.on('data', onData);
    input.resume();
  });
}
