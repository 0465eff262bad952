import { stat } from 'node:fs/promises';
import {
  defaultHashCost,
  type HashCost,
  hashPassword,
  hasUser,
  isUserName,
  withUser,
} from '@tributary/runtime';
import type { Command, CommandContext } from '../command.ts';
import { readOptions } from '../options.ts';
import { Failure, UsageError } from '../usage-error.ts';
import { askPassword, type PasswordInput } from './ask-password.ts';
import { changeFile } from './users-store.ts';

const options = {
  file: { value: 'FILE', says: 'the users file of the gateway (default users)' },
  delete: { says: 'take the user out' },
} as const;

/** Adds a user to a users file, changes its password or takes it out. */
export const passwdCommand: Command = {
  says: 'users and passwords of a users file',
  usage: '[--file FILE] [--delete] USER',
  help: 'Adds USER to a users file, or changes its password: asked for at the terminal, or the first line of\nthe standard input, never an argument, which others could see. A gateway that uses the file reads it\nagain by itself.',
  options,
  run: (context) => passwd(context, process.stdin),
};

/** @throws UsageError for a command line that says nothing, Failure for a file that cannot be changed */
export async function passwd(
  { words, out, remark, stop }: CommandContext,
  input: PasswordInput,
  cost: HashCost = defaultHashCost,
): Promise<void> {
  const { user, rest } = takeUser(words);
  const given = readOptions(rest, options);
  const file = given.file ?? 'users';
  if (given.delete === true) {
    await changeFile(file, (text) => withoutUser(text, user, file));
    return out.write(`${user} is out of ${file}\n`);
  }
  const password = await askPassword(input, (text) => void process.stderr.write(text), stop);
  const hash = await hashPassword(password, cost);
  let isNew = false;
  await changeFile(file, (text) => {
    isNew = !hasUser(text, user);
    return withUser(text, user, hash);
  });
  if (isNew) remark(`${user} is new in ${file}`);
  await warnIfOpen(file, remark);
  await out.write(`the password of ${user} is set\n`);
}

/** The file keeps its mode, as somebody chose it; that they may not have meant it is said. */
async function warnIfOpen(file: string, remark: (line: string) => void): Promise<void> {
  const mode = (await stat(file)).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o007) === 0) return;
  remark(`everybody on this machine can read ${file} (mode ${mode.toString(8)}): chmod o= ${file}`);
}

function withoutUser(text: string, user: string, file: string): string {
  if (!hasUser(text, user)) throw new Failure(`there is no ${user} in ${file}`);
  return withUser(text, user, undefined);
}

/** The one word that belongs to no option. */
function takeUser(words: readonly string[]): { user: string; rest: string[] } {
  const isUser = (word: string, i: number): boolean => !word.startsWith('--') && words[i - 1] !== '--file';
  const users = words.filter(isUser);
  const [user] = users;
  if (user === undefined) throw new UsageError('whose password? tributary passwd [--file FILE] USER');
  if (users.length > 1) throw new UsageError('one user at a time; a password is never an argument');
  if (!isUserName(user))
    throw new UsageError(
      'a user has 1 to 256 bytes, no colon and no control character, and begins with no #',
    );
  return { user, rest: words.filter((word, i) => !isUser(word, i)) };
}
