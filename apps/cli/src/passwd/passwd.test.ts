import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { matchesPassword, parseUsersFile } from '@tributary/runtime';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { askPassword } from './ask-password.ts';
import { passwd } from './passwd.ts';

const root = mkdtempSync(join(tmpdir(), 'tributary-passwd-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let file = '';
let count = 0;
beforeEach(() => {
  file = join(root, `users-${++count}`);
});

const never = new AbortController().signal;
const remarks: string[] = [];

async function run(words: string[], input: string | Buffer[] = ''): Promise<string> {
  let said = '';
  await passwd(
    {
      ...{ words, environment: {}, stop: never },
      out: { write: (text) => ((said += text), Promise.resolve()) },
      remark: (line) => remarks.push(line),
    },
    Readable.from(typeof input === 'string' ? [input] : input),
    { ln: 4, r: 8, p: 1 },
  );
  return said;
}
const isRight = async (user: string, password: string): Promise<boolean> =>
  matchesPassword(password, parseUsersFile(readFileSync(file, 'utf8')).get(user)!);

test('adds users to a file nobody else can read, changes a password, takes a user out', async () => {
  await run(['--file', file, 'ann'], 'correct horse\nmore\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await run([`--file=${file}`, 'bob'], 'other');
  expect([await isRight('ann', 'correct horse'), await isRight('bob', 'other')]).toEqual([true, true]);
  await run(['ann', '--file', file], 'new one\r\n');
  expect([await isRight('ann', 'correct horse'), await isRight('ann', 'new one')]).toEqual([false, true]);
  expect(await run(['--file', file, '--delete', 'ann'])).toContain('ann is out of');
  expect([...parseUsersFile(readFileSync(file, 'utf8')).keys()]).toEqual(['bob']);
});

test('what else is in the file stays, and a link stays a link', async () => {
  writeFileSync(file, '# people\n');
  symlinkSync(file, `${file}.link`);
  await run(['--file', `${file}.link`, 'ann'], 'secret');
  expect(readFileSync(file, 'utf8')).toMatch(/^# people\nann:\$scrypt\$ln=4,r=8,p=1\$/);
});

test('a file keeps its mode and its owner', async () => {
  writeFileSync(file, '', { mode: 0o640 });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(file, 1234, 1234);
  await run(['--file', file, 'ann'], 'secret');
  const { mode, uid } = statSync(file);
  expect([mode & 0o777, uid]).toEqual([0o640, isRoot ? 1234 : process.getuid?.()]);
});

test.each([
  [[], '', /whose password/],
  [['ann', 'hunter2'], '', /never an argument/],
  [['a:b'], '', /no colon/],
  [['--delete', 'ann'], '', /there is no ann/],
  [['--fiel', 'ann'], '', /did you mean --file/],
  [['ann'], '', /no password was given/],
  [['ann'], '\nsecond line', /no password was given/],
  [['ann'], 'x'.repeat(1025), /at most 1024 bytes/],
])('%j with %j is refused and changes nothing', async (words, input, message) => {
  await expect(run(['--file', file, ...words], input)).rejects.toThrow(message);
  expect(() => statSync(file)).toThrow();
  expect(() => statSync(`${file}.new`)).toThrow();
});

test('a character that comes in two pieces is one; what is no text is refused', async () => {
  const [head, tail] = [Buffer.from('gr\u00fcn').subarray(0, 3), Buffer.from('gr\u00fcn').subarray(3)];
  await run(['--file', file, 'ann'], [head, tail]);
  expect(await isRight('ann', 'gr\u00fcn')).toBe(true);
  await expect(run(['--file', file, 'ann'], [Buffer.from([0x61, 0xff])])).rejects.toThrow(/UTF-8/);
});

test('a file that everybody can read stays so, and it is said', async () => {
  writeFileSync(file, '', { mode: 0o644 });
  await run(['--file', file, 'ann'], 'secret');
  expect(remarks.at(-1)).toBe(`everybody on this machine can read ${file} (mode 644): chmod o= ${file}`);
});

test('who is stopped while a password is awaited has changed nothing', async () => {
  const stopping = new AbortController();
  const asked = askPassword(new PassThrough(), () => {}, stopping.signal);
  stopping.abort();
  await expect(asked).rejects.toThrow(/given up/);
});

test('two at a time do not undo each other', async () => {
  writeFileSync(`${file}.new`, '');
  await expect(run(['--file', file, 'ann'], 'secret')).rejects.toThrow(/another change is under way/);
});

/** A terminal that types. */
function terminal(): { input: PassThrough & { isTTY: true }; said: string[]; type: (keys: string) => void } {
  const input = Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => input });
  return { input, said: [], type: (keys) => input.write(keys) };
}

test('at a terminal it is asked for twice, and not shown', async () => {
  const { input, said, type } = terminal();
  const asked = askPassword(input as never, (text) => said.push(text), never);
  type('hunteer\u007f\u007fr2\r');
  await until(
    () => 'the second question',
    () => said.includes('Once more: '),
  );
  type('hunter2\n');
  expect(await asked).toBe('hunter2');
  expect(said.join('')).toBe('New password: \nOnce more: \n');
});

test.each([
  ['hunter2\r', 'hunter3\r', /differ/],
  ['\u0003', '', /given up/],
  ['hunter2\r', '\u0004', /given up/],
])('typed %j and %j it is not taken', async (first, second, message) => {
  const { input, said, type } = terminal();
  const asked = askPassword(input as never, (text) => said.push(text), never);
  const outcome = expect(asked).rejects.toThrow(message);
  type(first);
  if (second !== '') {
    await until(
      () => 'the second question',
      () => said.includes('Once more: '),
    );
    type(second);
  }
  await outcome;
});
