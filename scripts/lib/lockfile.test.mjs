import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingEntries, platformOf, registryAddresses, repaired } from './lockfile.mjs';
import { root } from './paths.mjs';

test.each([
  ['@turbo/darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
  ['@turbo/windows-64', { os: ['win32'], cpu: ['x64'] }],
  ['@oxlint/binding-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@oxlint/binding-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
  ['@oxlint/binding-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
  ['@oxlint-tsgolint/win32-x64', { os: ['win32'], cpu: ['x64'] }],
  ['fsevents', undefined],
])('reads the platform of %s from its name', (name, platform) => {
  expect(platformOf(name)).toEqual(platform);
});

const lock = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'here' },
    'node_modules/@turbo/linux-64': { version: '2.0.0', optional: true, os: ['linux'], cpu: ['x64'] },
    'node_modules/outer': { version: '1.0.0', optionalDependencies: { '@inner/win32-x64': '1.0.0' } },
    'node_modules/outer/node_modules/@inner/win32-x64': { version: '1.0.0', optional: true },
    'node_modules/ranged': { version: '1.0.0', optionalDependencies: { '@ranged/win32-x64': '^1.0.0' } },
    'node_modules/turbo': {
      version: '2.0.0',
      resolved: 'https://registry.example/turbo.tgz',
      dev: true,
      optionalDependencies: { '@turbo/darwin-64': '2.0.0', '@turbo/linux-64': '2.0.0' },
    },
    'node_modules/ours': { resolved: 'libs/ours', link: true },
  },
};

test('finds exact optional dependencies that have no entry, and only those', () => {
  expect(missingEntries(lock).map(({ name }) => name)).toEqual(['@turbo/darwin-64']);
});

test('adds them as optional, in order, and drops registry addresses but not links', () => {
  const { packages } = repaired(lock);
  expect(packages['node_modules/@turbo/darwin-64']).toEqual({
    version: '2.0.0',
    cpu: ['x64'],
    dev: true,
    optional: true,
    os: ['darwin'],
  });
  expect(Object.keys(packages).indexOf('node_modules/@turbo/darwin-64')).toBe(1);
  expect(packages['node_modules/turbo'].resolved).toBeUndefined();
  expect(packages['node_modules/ours'].resolved).toBe('libs/ours');
  expect(missingEntries({ packages })).toEqual([]);
});

test('the lock of this repository is complete and names no registry', () => {
  const own = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  expect(missingEntries(own)).toEqual([]);
  expect(registryAddresses(own)).toEqual([]);
});
