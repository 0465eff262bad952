import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import { statements as v3 } from './statements/v3.ts';
import { statements as v5 } from './statements/v5.ts';
import { documentOf, type Specification } from './support/document.ts';
import { coverageOf } from './support/titles.ts';

const file = new URL('../../docs/conformance.md', import.meta.url);
const here = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url));

const specifications: readonly Specification[] = [
  { name: 'MQTT 3.1.1', folder: 'v3', statements: v3, coverage: coverageOf(here('v3')) },
  { name: 'MQTT 5.0', folder: 'v5', statements: v5, coverage: coverageOf(here('v5')) },
];

test('docs/conformance.md says what the titles and tables say (UPDATE_DOCS=1 writes it)', async () => {
  const wanted = await format(documentOf(specifications), { parser: 'markdown', printWidth: 110 });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, wanted);
  const isCurrent = readFileSync(file, 'utf8') === wanted;
  expect(isCurrent, 'docs/conformance.md is stale: UPDATE_DOCS=1 writes it').toBe(true);
});

test.each(specifications)('every tag in a title of $folder is a statement of $name', (specification) => {
  const { coverage, statements } = specification;
  expect([...coverage.coveredBy.keys()].filter((id) => statements[id] === undefined)).toEqual([]);
  expect(coverage.misplaced).toEqual([]);
});

test.each(specifications)('every statement of $name has a test or a reason', ({ coverage, statements }) => {
  const open = Object.entries(statements).filter(
    ([id, { notCovered }]) => notCovered === undefined && !coverage.coveredBy.has(id),
  );
  expect(open.map(([id]) => id)).toEqual([]);
});

test.each(specifications)(
  'no statement of $name has both a test and a reason',
  ({ coverage, statements }) => {
    const both = Object.entries(statements).filter(
      ([id, { notCovered }]) => notCovered !== undefined && coverage.coveredBy.has(id),
    );
    expect(both.map(([id]) => id)).toEqual([]);
  },
);
