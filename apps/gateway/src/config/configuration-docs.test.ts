import { readFileSync, writeFileSync } from 'node:fs';
import { optionTables } from '@tributary/runtime';
import { expect, test } from 'vitest';

import { gatewaySchema } from './schema.ts';
import { environmentPrefix } from './config.ts';
import { profileTables } from '../testing/profile-tables.ts';

const file = new URL('../../../../docs/configuration.md', import.meta.url);

test.each([
  ['options', () => optionTables(gatewaySchema, environmentPrefix)],
  ['profiles', profileTables],
])('docs/configuration.md lists the %s as they are (UPDATE_DOCS=1 writes them)', (name, tables) => {
  const text = readFileSync(file, 'utf8');
  const place = new RegExp(`^([^]*?<!-- ${name}:.*? -->\\n)[^]*(<!-- end of ${name} -->\\n[^]*)$`);
  const [, before, after] = place.exec(text) ?? [];
  const wanted = `${before}\n${tables()}\n${after}`;
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, wanted);
  else expect(text).toBe(wanted);
});
