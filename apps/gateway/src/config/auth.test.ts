import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@tributary/runtime';
import { afterAll, describe, expect, test } from 'vitest';
import { loadGatewayConfig, type LoadedGatewayConfig, printGatewayConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-config-auth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function fileOf(text: string): string {
  const file = join(folder, `file-${++files}`);
  writeFileSync(file, text);
  return file;
}

const open = { name: 'mqtt', protocol: 'mqtt', host: '0.0.0.0', port: 1883 };

/** @param auth as the file says it */
const load = (auth: object, listeners?: readonly object[]): LoadedGatewayConfig =>
  loadGatewayConfig({
    file: fileOf(JSON.stringify({ auth, ...(listeners === undefined ? {} : { listeners }) })),
    env: {},
  });
function problems(auth: object, listeners?: readonly object[]): string[] {
  try {
    load(auth, listeners);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
}
const secretFile = fileOf('x'.repeat(32));
const jwt = { type: 'jwt', secretFile };

describe('with a chain', () => {
  test('a node listens anywhere, has nobody anonymous, and says nothing', () => {
    const { warnings } = load({ chain: [{ type: 'devices' }] }, [open]);
    expect(warnings).toEqual([]);
  });

  test('anonymous devices beside it are for loopback, unless somebody says so', () => {
    const chain = [{ type: 'devices' }];
    expect(problems({ anonymous: true, chain }, [open])).toEqual([
      expect.stringMatching(/^listeners\[0\]\.host must be a loopback address/),
    ]);
    expect(problems({ anonymous: true, anonymousPublic: true, chain }, [open])).toEqual([]);
    expect(load({ anonymous: true, chain }).warnings).toEqual([
      expect.stringContaining('auth.anonymous is true'),
    ]);
  });

  test('a listener of its own for them is held to the same', () => {
    const chain = [{ type: 'devices' }];
    const inner = { ...open, name: 'inner', host: '127.0.0.1', auth: ['anonymous'] };
    expect(problems({ chain }, [open, inner])).toEqual([]);
    expect(problems({ chain }, [{ ...inner, host: '0.0.0.0' }])).toEqual([
      expect.stringMatching(/^listeners\[0\]\.host must be a loopback address/),
    ]);
    expect(problems({ anonymous: true, chain }, [{ ...open, auth: ['devices'] }])).toEqual([]);
  });
});

test.each([
  ['no chain and nobody anonymous', { anonymous: false }, 'auth.chain is empty, and auth.anonymous is false'],
  ['two of a name', { chain: [{ type: 'devices' }, { type: 'devices' }] }, 'auth.chain[1].name must differ'],
  [
    'a name that means something',
    { chain: [{ type: 'devices', name: 'anonymous' }] },
    'auth.chain[0].name must not be',
  ],
  ['tokens without keys', { chain: [{ type: 'jwt' }] }, 'auth.chain[0] must have one of secretFile'],
  [
    'two kinds of keys',
    { chain: [{ ...jwt, keyFile: secretFile }] },
    'auth.chain[0] must have one of secretFile',
  ],
  [
    'a public key taken for a secret',
    { chain: [{ type: 'jwt', jwksUrl: 'https://a/', algorithms: ['HS256'] }] },
    'auth.chain[0].algorithms must be',
  ],
  [
    'a secret taken for a public key',
    { chain: [{ ...jwt, algorithms: ['RS256'] }] },
    'auth.chain[0].algorithms must be',
  ],
  ['no signature at all', { chain: [{ ...jwt, algorithms: ['none'] }] }, 'auth.chain[0].algorithms[0]'],
  [
    'keys from anywhere',
    { chain: [{ type: 'jwt', jwksUrl: 'http://id.example.com/' }] },
    'auth.chain[0].jwksUrl must be an https: URL',
  ],
  [
    'a password in a URL',
    { chain: [{ type: 'webhook', url: 'https://a:hunter2@b/' }] },
    'auth.chain[0].url must be an https: URL',
  ],
  [
    'a file that is not there',
    { chain: [{ type: 'users', file: '/nowhere/users' }] },
    'auth.chain[0].file must be a file',
  ],
  [
    'a secret that is short',
    { chain: [{ type: 'jwt', secretFile: fileOf('hunter2') }] },
    'auth.chain[0].secretFile must be a file',
  ],
  [
    'users in clear',
    { chain: [{ type: 'users', file: fileOf('ann:hunter2') }] },
    'auth.chain[0].file must be a file',
  ],
])('%s is refused', (_, auth, message) => {
  const told = problems(auth);
  expect(told).toEqual([expect.stringContaining(message)]);
  expect(told.join()).not.toContain('hunter2');
});

test('a listener names authenticators that are there', () => {
  const listeners = [{ ...open, auth: ['devices', 'elephant'] }];
  expect(problems({ chain: [{ type: 'devices' }] }, listeners)).toEqual([
    expect.stringContaining('listeners[0].auth names elephant, which is not in auth.chain'),
  ]);
});

test('no secret is printed', () => {
  const headers = { authorization: 'Bearer hunter2' };
  const { config } = load({ chain: [{ type: 'webhook', url: 'https://a.example/?token=hunter2', headers }] });
  const printed = printGatewayConfig(config);
  expect(printed).toContain('https://a.example/');
  expect(printed).not.toContain('hunter2');
});
