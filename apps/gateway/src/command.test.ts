import { expect, test } from 'vitest';
import { readCommand } from './command.ts';

test('without a wish to exit, the node runs with its configuration', () => {
  expect(readCommand([], { TRIBUTARY_NODE_ID: 'gw-7' })).toMatchObject({
    kind: 'run',
    config: { node: { id: 'gw-7' } },
  });
});

test('--check exits 0 with a word, and tells warnings on stderr', () => {
  expect(readCommand(['--check'], { TRIBUTARY_LOG_LEVL: 'x' })).toEqual({
    kind: 'exit',
    exitCode: 0,
    stdout: 'configuration ok\n',
    stderr: expect.stringMatching(
      /^warning: unknown variable TRIBUTARY_LOG_LEVL.*\nwarning: no authenticator.*\n$/,
    ),
  });
});

test('--check names the profile and what it sets', () => {
  expect(readCommand(['--check'], { TRIBUTARY_PROFILE: 'lossless' })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(
      /^configuration ok\nprofile: lossless, with defaults of its own for .*queues\.policy/,
    ),
  });
});

test.each([[['--check']], [['--print-config']], [[]]])(
  '%j exits 2 with every problem of a wrong configuration',
  (argv) => {
    expect(readCommand(argv, { TRIBUTARY_PARTITIONS: '0', TRIBUTARY_OPS_PORT: 'x' })).toEqual({
      kind: 'exit',
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^partitions must be .*\nops\.port must be .*\n$/),
    });
  },
);

test('--print-config prints YAML alone on stdout', () => {
  const printed = readCommand(['--print-config'], { TRIBUTARY_NODE_ID: 'gw-7' });
  expect(printed).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^node:\n {2}id: gw-7\nredis:\n/),
  });
});

test('a wrong command line exits 2 with the mistake and the usage, whatever the configuration', () => {
  expect(readCommand(['--chek'], { TRIBUTARY_PARTITIONS: '0' })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^unknown option --chek; did you mean --check\?\n\nUsage:/),
  });
});

test('--help and --version need no configuration', () => {
  expect(readCommand(['--help'], { TRIBUTARY_PARTITIONS: '0' })).toMatchObject({ exitCode: 0 });
  expect(readCommand(['--version'], {})).toMatchObject({
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});
