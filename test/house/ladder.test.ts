import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'node_modules/.bin/oxlint');

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

async function lint(folder: string): Promise<readonly Finding[]> {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(program, ['--format=json'], { cwd: folder, maxBuffer: 1 << 24 }, (error, stdout) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`oxlint printed no JSON: ${stdout}`, { cause: error }));
    });
  });
  return (JSON.parse(output) as { diagnostics: readonly Finding[] }).diagnostics;
}

/** What may not import what: one planted import for each arrow that must not exist. */
const refused: readonly (readonly [from: string, specifier: string])[] = [
  ['apps/gateway/src/transports/bad.ts', '../connection/connection.ts'],
  ['apps/gateway/src/transports/bad2.ts', '../uplink/uplink.ts'],
  ['apps/gateway/src/transports/bad3.ts', '@tributary/backplane'],
  ['apps/gateway/src/connection/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/connection/bad2.ts', '../uplink/uplink.ts'],
  ['apps/gateway/src/connection/bad3.ts', 'ioredis'],
  ['apps/gateway/src/uplink/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/uplink/bad2.ts', '../transports/transport.ts'],
  ['apps/gateway/src/routing/bad.ts', '../connection/connection.ts'],
  ['apps/gateway/src/cluster/bad.ts', '../downlink/inbox.ts'],
  ['apps/gateway/src/session/bad.ts', '../downlink/delivery.ts'],
  ['apps/gateway/src/session/bad2.ts', '../transports/tcp.ts'],
  ['apps/gateway/src/session/handlers/bad.ts', '../../keeping/keeper.ts'],
  ['apps/gateway/src/session/handlers/bad2.ts', '../../gateway.ts'],
  ['apps/gateway/src/downlink/bad.ts', '../keeping/keeper.ts'],
  ['apps/gateway/src/keeping/bad.ts', '../gateway.ts'],
  ['apps/gateway/src/keeping/bad2.ts', '../assembly/ground.ts'],
  ['apps/gateway/src/session/bad4.ts', '../assembly/device-side.ts'],
  ['apps/gateway/src/assembly/bad.ts', '../gateway.ts'],
  ['apps/gateway/src/operations/bad.ts', '../keeping/keeping.ts'],
  ['apps/gateway/src/session/bad3.ts', '../operations/trace.ts'],
  ['apps/gateway/src/connection/bad4.ts', '../operations/trace.ts'],
  ['apps/gateway/src/admission/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/admission/authenticators/bad.ts', '../../uplink/uplink.ts'],
  ['apps/gateway/src/quality/bad.ts', '@tributary/backplane'],
  ['apps/gateway/src/auth/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/auth/bad2.ts', '../transports/transport.ts'],
  ['apps/gateway/src/admission/bad2.ts', '../auth/authenticator.ts'],
  ['apps/gateway/src/connection/bad5.ts', '../auth/authenticator.ts'],
  ['apps/gateway/src/uplink/bad3.ts', '../auth/authenticator.ts'],
  ['apps/gateway/src/live/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/session/bad5.ts', '../live/live-config.ts'],
  ['apps/gateway/src/metrics/quality-bad.ts', '../live/live-config.ts'],
  ['apps/gateway/src/metrics/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/config/bad3.ts', '../gateway.ts'],
  ['apps/gateway/src/config/bad.ts', '../session/session.ts'],
  ['apps/gateway/src/config/bad2.ts', '../live/live-config.ts'],
  ['apps/gateway/src/gateway.ts', './main.ts'],
  ['apps/gateway/src/ops-server.ts', './assembly/ground.ts'],
  ['apps/gateway/src/main.ts', './session/session.ts'],
  ['apps/admin/src/bad.ts', '@tributary/gateway'],
  ['apps/admin/src/bad2.ts', '../../gateway/src/config.ts'],
  ['apps/admin/web/src/bad.ts', 'node:fs'],
  ['apps/admin/web/src/bad2.ts', '@tributary/backplane'],
  ['apps/admin/web/src/bad3.ts', '@tributary/protocol'],
  ['apps/cli/src/bad.ts', '@tributary/gateway'],
  ['libs/protocol/src/bad.ts', '@tributary/runtime'],
  ['libs/protocol/src/admin/bad.ts', 'node:zlib'],
  ['libs/protocol/src/quality/bad.ts', 'node:zlib'],
  ['libs/runtime/src/bad.ts', '@tributary/protocol'],
  ['libs/backplane/src/bad.ts', '@tributary/gateway'],
  ['libs/backplane/src/bad2.ts', '../../protocol/src/partition.ts'],
];

/** The arrows of the ladder itself. */
const allowed: readonly (readonly [from: string, specifier: string])[] = [
  ['apps/gateway/src/connection/good.ts', '../transports/transport.ts'],
  ['apps/gateway/src/session/good.ts', '../connection/connection.ts'],
  ['apps/gateway/src/session/good2.ts', '../uplink/uplink.ts'],
  ['apps/gateway/src/session/good3.ts', '../quality/sampler.ts'],
  ['apps/gateway/src/session/good4.ts', '../auth/authenticator.ts'],
  ['apps/gateway/src/session/good5.ts', '../audit/audit-event.ts'],
  ['apps/gateway/src/auth/good.ts', '@tributary/backplane'],
  ['apps/gateway/src/auth/good2.ts', '../admission/identity.ts'],
  ['apps/gateway/src/live/good.ts', '../config.ts'],
  ['apps/gateway/src/config/good.ts', '../admission/rate.ts'],
  ['apps/gateway/src/session/handlers/good.ts', '../session.ts'],
  ['apps/gateway/src/uplink/good.ts', '@tributary/backplane'],
  ['apps/gateway/src/downlink/good.ts', '../session/session.ts'],
  ['apps/gateway/src/operations/good.ts', '../session/session.ts'],
  ['apps/gateway/src/keeping/good.ts', '../downlink/commands.ts'],
  ['apps/gateway/src/assembly/good.ts', '../keeping/keeping.ts'],
  ['apps/gateway/src/assembly/good2.ts', '../transports/listeners.ts'],
  ['apps/gateway/src/transports/good.ts', '@tributary/protocol'],
  ['apps/admin/web/src/good.ts', '@tributary/protocol/admin-api'],
  ['libs/backplane/src/good.ts', '@tributary/protocol'],
];

let folder: string;
let findings: readonly Finding[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-ladder-'));
  await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [from, specifier] of [...refused, ...allowed]) {
    const file = join(folder, from);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `import type { Anything } from '${specifier}';\nexport type Mine = Anything;\n`);
  }
  for (const [name, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const file = join(folder, `apps/gateway/src/session/${name}.ts`);
    await writeFile(
      file,
      `import type { T${other} } from './${other}.ts';\nexport type T${name} = T${other}[];\n`,
    );
  }
  findings = await lint(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const codesFor = (file: string) =>
  findings.filter(({ filename }) => filename === file).map(({ code }) => code);

test.each(refused)('%s may not import %s, not even a type', (from) => {
  expect(codesFor(from)).toContain('eslint(no-restricted-imports)');
});

test.each(allowed)('%s may import %s', (from) => {
  expect(codesFor(from)).toEqual([]);
});

test('a cycle is refused, types included', () => {
  expect(codesFor('apps/gateway/src/session/a.ts')).toContain('import(no-cycle)');
});

test('the tree as it stands keeps to the ladder', async () => {
  const broken = (await lint(root)).filter(({ code }) => /no-restricted-imports|no-cycle/.test(code));
  expect(broken.map(({ filename, message }) => `${filename}: ${message}`)).toEqual([]);
});
