import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configTemplate, listOptions, type TemplateSchema } from '@tributary/runtime';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configJsonSchema } from './json-schema.ts';
import { gatewaySchema } from './schema.ts';
import { environmentPrefix, loadGatewayConfig, printGatewayConfig } from './config.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const examples = join(root, 'config/examples');
const load = (file: string) => loadGatewayConfig({ file, env: {} }).config;

const fullHeading = `# yaml-language-server: $schema=../tributary.schema.json
# Every option with its default, made from the schema: a key without one is a comment, and so are examples of entries. Leave out
# what you do not change. Units are in the names. The environment wins over a file: limits.maxPacketBytes is
# TRIBUTARY_LIMITS_MAX_PACKET_BYTES. docs/configuration.md has the same as tables.

`;

/** Files the examples name, in a folder that stands for `/etc/tributary`. */
let etc = '';
beforeAll(() => {
  etc = mkdtempSync(join(tmpdir(), 'etc-'));
  mkdirSync(join(etc, 'tls'));
  for (const file of ['tls.crt', 'tls.key', 'device-ca.crt', 'device-ca.crl'])
    writeFileSync(join(etc, 'tls', file), 'PEM');
  writeFileSync(join(etc, 'users'), '# nobody yet\n');
});
afterAll(() => rmSync(etc, { recursive: true }));

test.each(readdirSync(examples))('config/examples/%s is a configuration a node could start with', (name) => {
  const text = readFileSync(join(examples, name), 'utf8');
  const file = join(etc, name);
  writeFileSync(file, text.replaceAll('/etc/tributary', etc));
  expect(() => load(file)).not.toThrow();
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/tributary\.schema\.json\n/);
});

test('minimal.yaml is the smallest configuration of docs/architecture.md, word for word', () => {
  const architecture = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const block = /```yaml\n(node: [^]*?)```/.exec(architecture)?.[1] ?? 'no such block';
  const words = (text: string): string => text.replaceAll(/[^\S\n]+/g, ' ');
  expect(words(readFileSync(join(examples, 'minimal.yaml'), 'utf8'))).toContain(words(block));
});

test('full.yaml has every key of the schema, each with its default (UPDATE_DOCS=1 writes it)', async () => {
  const file = join(examples, 'full.yaml');
  const schema = configJsonSchema() as TemplateSchema;
  const text = fullHeading + configTemplate({ schema, given: { node: { id: 'gw-1' } }, setsDefaults: true });
  const wanted = await format(text, { ...(await resolveConfig(file)), parser: 'yaml' });
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
  for (const { path } of listOptions(gatewaySchema, environmentPrefix))
    expect(wanted).toMatch(new RegExp(`^[ #-]*${path.split('.').at(-1)}:`.replace('[]', ''), 'm'));
  const { config: defaults } = loadGatewayConfig({ env: { TRIBUTARY_NODE_ID: 'gw-1' } });
  expect(load(file)).toEqual(defaults);
});

test('a printed configuration is one that can be started with', () => {
  const directory = mkdtempSync(join(tmpdir(), 'printed-'));
  try {
    const file = join(directory, 'printed.yaml');
    const config = load(join(examples, 'development.yaml'));
    writeFileSync(file, printGatewayConfig(config));
    expect(load(file)).toEqual(config);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('TRIBUTARY_CONFIG names the file when the command line does not', () => {
  const { config } = loadGatewayConfig({ env: { TRIBUTARY_CONFIG: join(examples, 'development.yaml') } });
  expect(config.node.id).toBe('dev-1');
});
