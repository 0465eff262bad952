import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configTemplate, type TemplateSchema } from '@tributary/runtime';
import type { Command } from '../command.ts';
import { readOptions, type OptionSpecs } from '../options.ts';
import { Failure, UsageError } from '../usage-error.ts';
import { initValues, type InitWishes } from './init-values.ts';

const options = {
  file: { value: 'FILE', says: 'where to write it (default: tributary.yaml); - prints it' },
  profile: {
    value: 'NAME',
    says: 'telemetry, command-control or lossless: other defaults (docs/configuration.md)',
  },
  tls: {
    value: 'FOLDER',
    says: 'listen with TLS: tls.crt and tls.key of this folder, and ca.crt for device certificates',
  },
  auth: {
    value: 'KIND',
    says: 'anonymous (default), users:FILE (see `tributary passwd`), devices or certificate',
  },
  redis: { value: 'URL', says: 'where Redis is, without a password' },
  node: { value: 'ID', says: "name of the node (default: from the host's name)" },
} as const satisfies OptionSpecs;

const schemaFile = fileURLToPath(new URL('../../../../config/tributary.schema.json', import.meta.url));

/** `tributary init`: a configuration to begin with, each key explained. Never touches a file that is there. */
export const initCommand: Command = {
  says: 'writes a configuration to begin with, every key explained',
  help: `Writes the configuration of a gateway node with every key it knows: what is set stands there as
it is, everything else as a comment with its default. A file that is there is not touched.`,
  options,
  async run({ words, out, remark }) {
    const { file = 'tributary.yaml', ...wishes } = readOptions(words, options);
    const schema = readSchema();
    if (wishes.profile !== undefined) checkProfile(wishes.profile, schema);
    const text = heading + configTemplate({ schema, given: initValues(wishes), setsDefaults: false });
    if (file === '-') return out.write(text);
    writeNew(file, text);
    if (isInClear(wishes))
      remark(
        'what devices show travels unencrypted to every address of this host: --tls FOLDER changes that',
      );
    remark(`${file} is written; check it with: node apps/gateway/dist/main.js --config ${file} --check`);
  },
};

/** Passwords and secrets are asked for, from anywhere, without TLS. */
const isInClear = ({ auth = 'anonymous', tls }: InitWishes): boolean =>
  auth !== 'anonymous' && tls === undefined;

const heading = `# Configuration of a Tributary gateway node. What is not set stands here as a comment with its default, or an example: take
# the # away, and that of the section it is in. The node applies a changed file while it runs; docs/configuration.md says which
# keys wait for a restart.

`;

function readSchema(): TemplateSchema {
  try {
    return JSON.parse(readFileSync(schemaFile, 'utf8')) as TemplateSchema;
  } catch (cause) {
    throw new Failure(`cannot read ${schemaFile}: ${(cause as Error).message}`);
  }
}

function checkProfile(name: string, { properties }: TemplateSchema): void {
  const known = properties?.['profile']?.enum ?? [];
  if (!known.includes(name))
    throw new UsageError(`--profile must be one of ${known.join(', ')}, not ${name}`);
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o640 });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Failure(code === 'EEXIST' ? `${file} is there already; it is left as it is` : message);
  }
}
