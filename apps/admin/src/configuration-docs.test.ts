import { readFileSync, writeFileSync } from 'node:fs';
import { optionTables } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { adminConfigSchema } from './config.ts';

const file = new URL('../../../docs/configuration.md', import.meta.url);

test('docs/configuration.md lists the options of the admin as they are (UPDATE_DOCS=1 writes them)', () => {
  const text = readFileSync(file, 'utf8');
  const [, before, after] =
    /^([^]*?<!-- admin options:.*? -->\n)[^]*(<!-- end of admin options -->\n[^]*)$/.exec(text) ?? [];
  const wanted = `${before}\n${optionTables(adminConfigSchema, 'TRIBUTARY')}\n${after}`;
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, wanted);
  else expect(text).toBe(wanted);
});
