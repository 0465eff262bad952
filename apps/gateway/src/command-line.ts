import { nearest } from '@tributary/runtime';

/** What the arguments ask for. `refused` carries the sentence to print on stderr before exiting 2. */
export type Command =
  | { readonly kind: 'run' | 'check' | 'print-config'; readonly file: string | undefined }
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'refused'; readonly message: string };

export const usage = `Usage: tributary-gateway [--config FILE] [--check | --print-config]

Runs one gateway node in the foreground until SIGTERM or SIGINT. A changed FILE is applied while it
runs; SIGHUP has it read at once.

  --config FILE    YAML or JSON configuration (default: $TRIBUTARY_CONFIG, else none)
  --check          check the configuration and exit: 0 when the node could start with it, else 2
  --print-config   print the configuration in force as YAML, passwords masked, and exit
  --version        print the version and exit
  --help           print this text and exit

Every option has an environment variable too, which wins over the file: limits.maxPacketBytes
is TRIBUTARY_LIMITS_MAX_PACKET_BYTES. All of them: docs/configuration.md
`;

const switches = ['check', 'print-config', 'help', 'version'] as const;
type Switch = (typeof switches)[number];

/** Reads the arguments after the program's name, `process.argv.slice(2)`. Of several wishes `--help` goes first. */
export function parseCommandLine(argv: readonly string[]): Command {
  const asked = new Set<Switch>();
  let file: string | undefined;
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--config' || word.startsWith('--config=')) {
      const value = word === '--config' ? rest.shift() : word.slice('--config='.length);
      if (value === undefined || value === '' || value.startsWith('--'))
        return refused('--config needs a file');
      if (file !== undefined) return refused('--config is given twice');
      file = value;
      continue;
    }
    const name = switches.find((known) => word === `--${known}`);
    if (name === undefined) return refused(unknownWord(word));
    asked.add(name);
  }
  if (asked.has('help')) return { kind: 'help' };
  if (asked.has('version')) return { kind: 'version' };
  if (asked.has('check') && asked.has('print-config'))
    return refused('--check and --print-config exclude each other');
  if (asked.has('check')) return { kind: 'check', file };
  return { kind: asked.has('print-config') ? 'print-config' : 'run', file };
}

function unknownWord(word: string): string {
  if (word === '') return 'unexpected argument ""';
  if (!word.startsWith('-'))
    return `unexpected argument ${word}; a configuration file is given with --config ${word}`;
  const meant = nearest(word.split('=', 1)[0] ?? word, ['--config', ...switches.map((name) => `--${name}`)]);
  return `unknown option ${word}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

function refused(message: string): Command {
  return { kind: 'refused', message };
}
