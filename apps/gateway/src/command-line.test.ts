import { expect, test } from 'vitest';
import { parseCommandLine, usage } from './command-line.ts';

test.each([
  [[], { kind: 'run', file: undefined }],
  [['--config', 'a.yaml'], { kind: 'run', file: 'a.yaml' }],
  [['--config=a.yaml'], { kind: 'run', file: 'a.yaml' }],
  [['--check'], { kind: 'check', file: undefined }],
  [['--check', '--config', 'a.yaml'], { kind: 'check', file: 'a.yaml' }],
  [['--config', 'a.yaml', '--print-config'], { kind: 'print-config', file: 'a.yaml' }],
  [['--version'], { kind: 'version' }],
  [['--check', '--help'], { kind: 'help' }],
])('%j is understood', (argv, command) => {
  expect(parseCommandLine(argv)).toEqual(command);
});

test.each([
  [['--confg', 'a'], 'unknown option --confg; did you mean --config?'],
  [['--chek'], 'unknown option --chek; did you mean --check?'],
  [['--printconfig'], 'unknown option --printconfig; did you mean --print-config?'],
  [['--check=1'], 'unknown option --check=1; did you mean --check?'],
  [['--elephant'], 'unknown option --elephant'],
  [['-x'], 'unknown option -x'],
  [['a.yaml'], 'unexpected argument a.yaml; a configuration file is given with --config a.yaml'],
  [[''], 'unexpected argument ""'],
  [['--config'], '--config needs a file'],
  [['--config='], '--config needs a file'],
  [['--config', '--check'], '--config needs a file'],
  [['--config', 'a', '--config', 'b'], '--config is given twice'],
  [['--check', '--print-config'], '--check and --print-config exclude each other'],
])('%j is refused with what was meant', (argv, message) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'refused', message });
});

test('the usage text names every option', () => {
  for (const option of ['--config', '--check', '--print-config', '--version', '--help'])
    expect(usage).toContain(option);
});
