// Benchmarks: node bench/dist/src/main.js PROGRAM [options]; `npm run bench -- PROGRAM [options]` builds first.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { programs } from './programs.ts';

const help = (): string =>
  [
    'Usage: npm run bench -- PROGRAM [options]',
    '',
    ...Object.entries(programs).map(([name, { says }]) => `  ${name.padEnd(16)}${says}`),
    '',
    'Options (each program has defaults of its own):',
    '  --seconds N    measured seconds of each cell or run',
    '  --rounds N     throughput: rounds; the medians are shown',
    '  --devices N    devices of the fleet',
    '  --rate N       throughput: offer N messages/s in all instead of a closed loop; soak: messages/s',
    '  --server NAME  fairness, soak: floor, tributary (default) or aedes',
    '  --only TEXT    throughput: only cells whose name holds one of these, separated by commas: "floor,tributary tcp"',
    '  --browser      dashboard: measure the page in Chromium, too',
    '  --json FILE    write the result as JSON too',
    '',
  ].join('\n');

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      devices: { type: 'string' },
      rate: { type: 'string' },
      server: { type: 'string' },
      only: { type: 'string' },
      browser: { type: 'boolean' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [name] = positionals;
  if (values.help === true || name === undefined) {
    process.stdout.write(help());
    return 0;
  }
  const program = programs[name];
  if (program === undefined)
    throw new Error(`no program ${name}; there are ${Object.keys(programs).join(', ')}`);
  const number = (option: 'seconds' | 'rounds' | 'devices' | 'rate'): number | undefined => {
    const text = values[option];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!(value > 0)) throw new Error(`--${option} must be a number above 0`);
    return value;
  };
  const result = await program.run({
    seconds: number('seconds'),
    rounds: number('rounds'),
    devices: number('devices'),
    rate: number('rate'),
    server: values.server,
    only: values.only,
    browser: values.browser,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${result.markdown}\n`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify(result.data, undefined, 2)}\n`);
  return result.isGood ? 0 : 1;
}

process.once('SIGINT', () => process.exit(130)); // children end with this process
process.once('SIGTERM', () => process.exit(143));
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  },
);
