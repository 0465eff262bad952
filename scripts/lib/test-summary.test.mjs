import { expect, test } from 'vitest';
import { summarise } from './test-summary.mjs';

const report = (passed, failed, files = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults: files,
});

test('counts the tests', () => {
  expect(summarise(report(5, 2), [1, 0])).toEqual({ passed: 5, failed: 2 });
});

test('counts a file that could not be loaded as one failure', () => {
  const broken = { status: 'failed', assertionResults: [] };
  expect(summarise(report(5, 0, [broken]), [1, 0])).toEqual({ passed: 5, failed: 1 });
});

test('never says that nothing failed when a step ended badly', () => {
  expect(summarise(report(5, 0), [0, 1])).toEqual({ passed: 5, failed: 1 });
  expect(summarise(undefined, [1, 0])).toEqual({ passed: 0, failed: 1 });
});
