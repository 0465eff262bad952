import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bands, causes } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { contrast, leastDifference } from '../support/colour-vision.ts';
import { repositoryRoot } from '../support/processes.ts';

const tokens = readFileSync(join(repositoryRoot, 'apps/admin/web/src/styles/tokens.css'), 'utf8');

type Theme = 'light' | 'dark';

function colour(token: string, theme: Theme): string {
  const match = new RegExp(`${token}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(tokens);
  const hex = match?.[theme === 'light' ? 1 : 2];
  if (hex === undefined) throw new Error(`there is no colour ${token}`);
  return hex;
}

const scored = bands.filter((band) => band !== 'unknown').map((band) => `--band-${band}`);
const sets: [string, readonly string[], number][] = [
  ['bands', scored, 17],
  ['causes', causes.map((cause) => `--cause-${cause}`), 19],
];

for (const theme of ['light', 'dark'] as const) {
  test.each(sets)(`${theme}: %s are told apart in every kind of colour vision`, (_name, names, least) => {
    expect(leastDifference(names.map((token) => colour(token, theme)))).toBeGreaterThan(least);
  });

  test.each(sets)(`${theme}: %s stand out from the page`, (_name, names) => {
    for (const surface of ['--surface', '--surface-raised']) {
      for (const token of [...names, '--band-unknown']) {
        expect(contrast(colour(token, theme), colour(surface, theme)), token).toBeGreaterThan(2.99);
      }
    }
  });

  test(`${theme}: text can be read on every surface`, () => {
    for (const surface of [
      '--surface',
      '--surface-raised',
      '--surface-sunken',
      '--surface-hover',
      '--surface-active',
    ]) {
      for (const token of ['--text', '--text-quiet', '--text-faint', '--accent', '--danger']) {
        expect(
          contrast(colour(token, theme), colour(surface, theme)),
          `${token} on ${surface}`,
        ).toBeGreaterThan(4.5);
      }
    }
  });
}
