import { type HashedPassword, parseHash } from './password-hash.ts';

/** More users than this belong into a database. */
export const maxUsers = 100_000;
const maxNameBytes = 256;

/** A user name: 1 to 256 bytes, no colon, no control character, no blank at its ends, and no `#` first. */
export function isUserName(name: string): boolean {
  const isPlain = !/[:\p{Cc}\p{Cs}]/u.test(name) && name === name.trim() && !name.startsWith('#');
  return name !== '' && isPlain && Buffer.byteLength(name) <= maxNameBytes;
}

/**
 * Reads a users file: one `NAME:HASH` a line; empty lines and those that begin with `#` say nothing.
 * @throws Error naming the first line that is neither, without quoting it
 */
export function parseUsersFile(text: string): ReadonlyMap<string, HashedPassword> {
  const users = new Map<string, HashedPassword>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const user = parseLine(line);
    if (user === undefined)
      throw new Error(`line ${index + 1} is not NAME:HASH as \`tributary passwd\` writes it`);
    if (users.has(user.name)) throw new Error(`line ${index + 1} names a user who has a line already`);
    users.set(user.name, user.hash);
    if (users.size > maxUsers) throw new Error(`there are more than ${maxUsers} users`);
  }
  return users;
}

/** Whether the text of a users file has a line of this user. */
export const hasUser = (text: string, name: string): boolean =>
  text.split(/\r?\n/).some((line) => nameOf(line) === name);

/**
 * The text of a users file in which `name` has `hash`, or is gone when there is none. Other lines, comments too, stay as they are.
 */
export function withUser(text: string, name: string, hash: string | undefined): string {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const at = lines.findIndex((line) => nameOf(line) === name);
  if (hash === undefined) lines.splice(at, at < 0 ? 0 : 1);
  else if (at < 0) lines.push(`${name}:${hash}`);
  else lines[at] = `${name}:${hash}`;
  return lines.map((line) => `${line}\n`).join('');
}

function nameOf(line: string): string | undefined {
  const colon = line.indexOf(':');
  return colon < 1 || line.startsWith('#') ? undefined : line.slice(0, colon);
}

function parseLine(line: string): { name: string; hash: HashedPassword } | undefined {
  const name = nameOf(line);
  const hash = name === undefined ? undefined : parseHash(line.slice(name.length + 1).trim());
  if (name === undefined || hash === undefined || !isUserName(name)) return undefined;
  return { name, hash };
}
