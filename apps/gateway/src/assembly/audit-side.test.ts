import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tributary/runtime';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { auditSchema } from '../config/audit.ts';
import { SyslogCollector } from '../testing/syslog-collector.ts';
import { until } from '../testing/until.ts';
import { buildAudit } from './audit-side.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tributary-audit-side-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

type Input = Parameters<typeof auditSchema.parse>[0];
const configOf = (input: Input) => auditSchema.parse(input);

function stage(input: Input) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  const audit = buildAudit(configOf(input), logger, () => 'gw-1.a');
  onTestFinished(() => audit.stop());
  return { audit, lines };
}

const numbersIn = async (name: string): Promise<number[]> =>
  (await readFile(join(folder, name), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

test('places come and go while the node runs, and those that stay lose nothing', async () => {
  const collector = await SyslogCollector.open();
  const { audit, lines } = stage({ file: { path: join(folder, 'a') } });
  const say = () => audit.say({ kind: 'configuration', outcome: 'success' });
  say();
  audit.start();
  say();
  const syslog = { protocol: 'tcp', host: '127.0.0.1', port: collector.port };
  audit.configure(configOf({ file: { path: join(folder, 'a') }, syslog }));
  say();
  audit.configure(configOf({ stdout: true, file: { path: join(folder, 'b') }, syslog }));
  say();
  await until('the collector', () => collector.messages.length === 2);
  await audit.stop();
  expect(await numbersIn('a')).toEqual([1, 2]);
  expect(await numbersIn('b')).toEqual([3]);
  expect(collector.numbers()).toEqual([2, 3]);
  expect(lines.filter((line) => line.startsWith('{"audit":'))).toHaveLength(1);
});

test('a place that cannot be reached is told once, and counted when it is closed', async () => {
  const { audit, lines } = stage({ file: { path: join(folder, 'nowhere', 'a'), maxBufferBytes: 65_536 } });
  audit.start();
  for (let i = 0; i < 2000; i++) audit.say({ kind: 'configuration', outcome: 'success' });
  await until('a warning', () => lines.length === 1);
  expect(lines[0]).toContain('the audit cannot be written');
  const lost = audit.dropped().get('file') ?? 0;
  expect(lost).toBeGreaterThan(1000);
  audit.configure(configOf({}));
  await until('the sum', () => audit.dropped().get('file') === 2000);
});
