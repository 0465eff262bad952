import { expect, test } from 'vitest';
import { find } from './test-programs.mjs';

const node = process.execPath;

test('finds each program under the first of its names', async () => {
  const found = await find({ variables: { A: ['no-such-program', node], B: [node] } });
  expect(found).toEqual({ A: node, B: node });
});

test('one missing program is as good as none', async () => {
  expect(await find({ variables: { A: [node], B: ['no-such-program'] } })).toBeUndefined();
});

test('a program that is there counts only when it stands the proof', async () => {
  const variables = { A: [node] };
  expect(await find({ variables, proof: ['-e', 'process.exit(0)'] })).toEqual({ A: node });
  expect(await find({ variables, proof: ['-e', 'process.exit(1)'] })).toBeUndefined();
});

test('a variable of the environment is taken at its word', async () => {
  process.env.TRIBUTARY_TEST_SUCH_PROGRAM = '/somewhere/else';
  try {
    const found = await find({ variables: { TRIBUTARY_TEST_SUCH_PROGRAM: ['no-such-program'] } });
    expect(found).toEqual({ TRIBUTARY_TEST_SUCH_PROGRAM: '/somewhere/else' });
  } finally {
    delete process.env.TRIBUTARY_TEST_SUCH_PROGRAM;
  }
});
