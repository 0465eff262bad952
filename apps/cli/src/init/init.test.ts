import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initCommand } from './init.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'init-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the command; answers what it printed and remarked. */
async function init(...words: string[]): Promise<{ printed: string; remarked: string[] }> {
  let printed = '';
  const remarked: string[] = [];
  const out = { write: (text: string) => Promise.resolve(void (printed += text)) };
  const stop = new AbortController().signal;
  await initCommand.run({ words, environment: {}, out, remark: (line) => remarked.push(line), stop });
  return { printed, remarked };
}

test('writes a configuration that sets what was asked for and explains the rest', async () => {
  const { printed } = await init('--file', '-', '--profile', 'lossless', '--node', 'gw-7');
  expect(printed).toMatch(/^profile: lossless$/m);
  expect(printed).toMatch(/^node:\n(?: {2}# .*\n)+ {2}id: gw-7$/m);
  expect(printed).toMatch(/^#  maxPacketBytes: 1048576$/m);
  expect(printed).toMatch(/^ {4}host: 127\.0\.0\.1$/m);
});

test('with users, devices may come from anywhere; with certificates, over TLS', async () => {
  const { printed } = await init('--file', '-', '--auth', 'users:/etc/users', '--tls', '/etc/tributary/tls');
  expect(printed).toMatch(/^ {4}- type: users$/m);
  expect(printed).toMatch(/^ {4}protocol: mqtts$/m);
  expect(printed).toMatch(/^ {6}certFile: \/etc\/tributary\/tls\/tls\.crt$/m);
  expect(printed).toMatch(/^ {4}host: 0\.0\.0\.0$/m);
});

test('devices may show certificates, or credentials of their own', async () => {
  const { printed } = await init('--file', '-', '--auth', 'certificate', '--tls', 'tls');
  expect(printed).toMatch(/^ {6}caFile: tls\/ca\.crt$/m);
  expect(printed).toMatch(/^ {4}- type: certificate$/m);
  expect((await init('--file', '-', '--auth', 'devices')).printed).toMatch(/^ {4}- type: devices$/m);
});

test('a file that is there is left as it is', async () => {
  const file = join(directory, 'here.yaml');
  writeFileSync(file, 'mine');
  await expect(init('--file', file)).rejects.toThrow(`${file} is there already`);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  const other = join(directory, 'new.yaml');
  const { remarked } = await init('--file', other);
  expect(remarked[0]).toContain(other);
  expect(readFileSync(other, 'utf8')).toContain('Configuration of a Tributary gateway node');
});

test('passwords without TLS are remarked on, and the file is not for everybody', async () => {
  const [plain, safe] = [join(directory, 'plain.yaml'), join(directory, 'safe.yaml')];
  expect((await init('--file', plain, '--auth', 'users:u')).remarked[0]).toContain('unencrypted');
  expect((await init('--file', safe, '--auth', 'users:u', '--tls', 'tls')).remarked).toHaveLength(1);
  expect(statSync(plain).mode & 0o007).toBe(0);
});

test.each([
  [['--profile', 'fast'], /--profile must be one of telemetry, command-control, lossless, not fast/],
  [['--auth', 'users'], /--auth must be anonymous, users:FILE, devices or certificate, not users/],
  [['--auth', 'certificate'], /--auth certificate needs --tls/],
  [['--redis', 'http://h'], /--redis must be a redis/],
  [['--redis', 'redis://:hunter2@h'], /TRIBUTARY_REDIS_URL/],
])('%j is refused with what was meant', async (words, message) => {
  const refused = init('--file', '-', ...words);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.not.toThrow(/hunter2/);
});
