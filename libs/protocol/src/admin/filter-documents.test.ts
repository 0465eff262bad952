import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filterKeys, parseFilter } from './filter.ts';

const text = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
const section = text.slice(text.indexOf('## Finding devices'), text.indexOf('## What operators do'));

test('docs/operations.md has every key of the filter language, as it is', () => {
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const expected = filterKeys.map(({ key, kind, says, choices = [] }) => [
    `\`${key}\``,
    kind,
    says,
    choices.map((choice) => `\`${choice}\``).join(' '),
  ]);
  expect(rows).toEqual(expected);
});

test('the examples in docs/operations.md are filters', () => {
  const [, examples = ''] = /```\n([\s\S]*?)```/.exec(section) ?? [];
  const filters = examples
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/, 1)[0]!);
  expect(filters).toHaveLength(5);
  for (const filter of filters) expect(parseFilter(filter), filter).toMatchObject({ errors: [] });
});
