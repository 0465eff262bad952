import { expect, test } from 'vitest';
import { defaultPreferences, readPreferences } from './preferences.ts';

test('what was stored is read, and what nobody understands is as by default', () => {
  const chosen = { theme: 'dark', density: 'compact', hasLetterKeys: false } as const;
  expect(readPreferences(JSON.stringify(chosen))).toEqual(chosen);
  for (const text of [null, '', '{', 'null', '7', '{"theme":"pink","hasLetterKeys":"no"}']) {
    expect(readPreferences(text)).toEqual(defaultPreferences);
  }
});
