import { expect, test } from 'vitest';
import { hasUser, isUserName, parseUsersFile, withUser } from './users-file.ts';

const hash = `$scrypt$ln=14,r=8,p=5$${'A'.repeat(22)}$${'A'.repeat(43)}`;

test('users are read; comments and empty lines say nothing', () => {
  const users = parseUsersFile(`# people\r\n\r\nann:${hash}\r\nbob smith:${hash}\n`);
  expect([...users.keys()]).toEqual(['ann', 'bob smith']);
  expect(users.get('ann')).toMatchObject({ ln: 14, r: 8, p: 5 });
  expect(parseUsersFile('').size).toBe(0);
});

test.each([
  [`ann:${hash}\nbob:hunter2\n`, /line 2 is not/],
  ['hunter2', /line 1 is not/],
  [`:${hash}`, /line 1 is not/],
  [` ann:${hash}`, /line 1 is not/],
  [`ann:${hash}\nann:${hash}`, /line 2 names a user who has a line/],
])('%j is refused by its line, which is not repeated', (text, words) => {
  expect(() => parseUsersFile(text)).toThrow(words);
  expect(() => parseUsersFile(text)).not.toThrow(/hunter2/);
});

test('a user is added, changed and taken out; every other line stays as it is', () => {
  const before = `# people\nann:${hash}\n\nbob:${hash}`;
  const added = withUser(before, 'cleo', 'x');
  expect(added).toBe(`${before}\ncleo:x\n`);
  expect(withUser(added, 'ann', 'y')).toBe(`# people\nann:y\n\nbob:${hash}\ncleo:x\n`);
  expect(withUser(added, 'cleo', undefined)).toBe(`${before}\n`);
  expect(withUser(added, 'nobody', undefined)).toBe(added);
  expect([hasUser(added, 'ann'), hasUser(added, 'an'), hasUser(added, '# people')]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each(['', 'a:b', 'a\nb', ' a', 'a ', '#a', 'x'.repeat(257), '\ud800'])('%j is no user name', (name) => {
  expect(isUserName(name)).toBe(false);
});
