import { expect, test } from 'vitest';
import { isInstalled } from './dependencies.mjs';

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'apps/one': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a-win32': { version: '1.0.0', optional: true },
    'node_modules/one': { resolved: 'apps/one', link: true },
  },
};
const installed = (changes) => ({ packages: { ...lock.packages, ...changes } });

test('what the lock asks for is installed', () => {
  expect(isInstalled(lock, installed({}))).toBe(true);
});

test('a package for another platform may be absent', () => {
  expect(isInstalled(lock, installed({ 'node_modules/a-win32': undefined }))).toBe(true);
});

test.each([
  ['a package is absent', { 'node_modules/a': undefined }],
  ['a package has another version', { 'node_modules/a': { version: '1.0.1' } }],
  ['a workspace is not linked', { 'node_modules/one': { version: '0.1.0' } }],
])('an install is needed when %s', (_, changes) => {
  expect(isInstalled(lock, installed(changes))).toBe(false);
});
