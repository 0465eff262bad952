import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { configJsonSchema } from './json-schema.ts';

const file = new URL('../../../../config/tributary.schema.json', import.meta.url);

test('config/tributary.schema.json is the schema as it is (UPDATE_DOCS=1 writes it)', async () => {
  const style = await resolveConfig(file);
  const wanted = await format(JSON.stringify(configJsonSchema()), { ...style, parser: 'json' });
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, wanted);
  else expect(readFileSync(file, 'utf8')).toBe(wanted);
});

test('it has descriptions and defaults, nothing of this machine, and none of our own notes', () => {
  const text = JSON.stringify(configJsonSchema());
  expect(text).toContain('Fixed at the first start of a namespace');
  expect(text).toContain('"default":"redis://127.0.0.1:6379"');
  expect(text).not.toMatch(/"(accepts|defaultText|live|secret)":/);
  expect(configJsonSchema()).toMatchObject({
    properties: { node: { properties: { id: { type: 'string' } } } },
  });
  expect(configJsonSchema()).not.toMatchObject({
    properties: { node: { properties: { id: { default: expect.anything() } } } },
  });
});
