import { expect, test } from 'vitest';
import { excerpt, maskSecret, maskUrlSecrets } from './secrets.ts';

test.each([
  ['redis://user:hunter2@host:6379/1', 'redis://user:***@host:6379/1'],
  ['redis://:hunter2@host', 'redis://:***@host'],
  ['redis://user:hun/ter@2@host', 'redis://user:***@host'],
  ['rediss://host?password=hunter2&db=1', 'rediss://host?password=***&db=1'],
  ['redis://host:6379', 'redis://host:6379'],
  ['redis://user@host', 'redis://user@host'],
  ['no url', 'no url'],
])('masks the passwords of %s alone', (text, masked) => {
  expect(maskUrlSecrets(text)).toBe(masked);
});

test('shows nothing of a secret that is no URL', () => {
  expect(maskSecret('hunter2')).toBe('***');
  expect(maskSecret(2)).toBe('***');
  expect(maskSecret('redis://u:hunter2@host')).toBe('redis://u:***@host');
  expect(maskSecret('https://host/hook?code=hunter2&v=1#t=hunter2')).toBe(
    'https://host/hook?code=***&v=***#t=***',
  );
});

test('an excerpt is short, without passwords, and of a very long text empty', () => {
  expect(excerpt('abcdef', 3)).toBe('abc…');
  expect(excerpt('redis://u:hunter2@host', 60)).toBe('redis://u:***@host');
  expect(excerpt(':'.repeat(1_000_000), 60)).toBe('…');
});
