import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listOptions } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { gatewaySchema } from './config-schema.ts';
import { environmentPrefix, loadGatewayConfig, printGatewayConfig } from './config.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const examples = join(root, 'config/examples');
const load = (file: string) => loadGatewayConfig({ file, env: {} }).config;

test.each(readdirSync(examples))('config/examples/%s is a configuration a node could start with', (name) => {
  expect(() => load(join(examples, name))).not.toThrow();
});

test('minimal.yaml is the smallest configuration of docs/architecture.md, word for word', () => {
  const architecture = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const block = /```yaml\n(node: [^]*?)```/.exec(architecture)?.[1] ?? 'no such block';
  const words = (text: string): string => text.replaceAll(/[^\S\n]+/g, ' ');
  expect(words(readFileSync(join(examples, 'minimal.yaml'), 'utf8'))).toContain(words(block));
});

test('full.yaml names every option, each with its default', () => {
  const file = join(examples, 'full.yaml');
  const text = readFileSync(file, 'utf8');
  for (const { path } of listOptions(gatewaySchema, environmentPrefix)) {
    expect(text).toMatch(new RegExp(`^[ #-]*${path.split('.').at(-1)}:`, 'm'));
  }
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
