import { describe, expect, test } from 'vitest';
import { tableOf } from '../testing/document-tables.ts';
import { attentionOf } from './attention.ts';
import { bandEdges, type BandState, initialBand, nextBand } from './bands.ts';
import type { LinkFigures } from './figures.ts';
import { liftOf } from './lift.ts';
import { requirementOf, requirements } from './requirements.ts';
import { scoreOf } from './score.ts';
import { type Band, causes, serviceClasses } from './vocabulary.ts';

const rowsOf = (...heads: string[]): string[][] => {
  const rows = tableOf('quality.md', heads);
  expect(rows.length).toBeGreaterThan(3);
  return rows;
};

const known = (cell: string): number | undefined =>
  cell === '–' || cell === 'unknown' ? undefined : Number(cell);

/** An example's cells by the names of its columns. */
const named = (heads: readonly string[], cells: readonly string[]): Record<string, string> =>
  Object.fromEntries(heads.map((head, column) => [head, cells[column]!]));

const exampleHeads = [
  ...['class', 'sleepy', 'rttMs', 'jitterMs', 'lossRatio', 'flaps', 'errors', 'stalledRatio', 'lateRatio'],
  ...['samples', 'score', 'penalties', 'confidence'],
];

function figuresOf(row: Record<string, string>): LinkFigures {
  const measured = ['rttMs', 'jitterMs', 'lossRatio'].flatMap((name) => {
    const value = known(row[name]!);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(Object.fromEntries(measured) as Partial<LinkFigures>),
    flaps: Number(row['flaps']),
    errors: Number(row['errors']),
    stalledRatio: Number(row['stalledRatio']),
    lateRatio: Number(row['lateRatio']),
    samples: Number(row['samples']),
    isSleepy: row['sleepy'] === 'yes',
    sources: {},
  };
}

describe('docs/quality.md', () => {
  test('has the requirement of every class and cause', () => {
    const rows = serviceClasses.flatMap((name) =>
      causes.map((cause) => {
        const { free, full, points } = requirements[name][cause];
        return [name, cause, String(free), String(full), String(points)];
      }),
    );
    expect(rowsOf('class', 'cause', 'free', 'full', 'points')).toEqual(rows);
  });

  test.each(rowsOf(...exampleHeads).map((cells) => [cells.join(' '), named(exampleHeads, cells)] as const))(
    'works out right: %s',
    (_, row) => {
      const { score, penalties, reasons, confidence } = scoreOf(figuresOf(row), requirementOf(row['class']!));
      const said = reasons.map((cause) => `${cause} ${penalties[cause]}`).join(', ');
      expect([score, said || 'none', confidence]).toEqual([
        known(row['score']!),
        row['penalties'],
        row['confidence'],
      ]);
    },
  );

  test('has the edges of the bands', () => {
    const rows = bandEdges.map(([band, edge], i) => [band, `${edge}–${(bandEdges[i - 1]?.[1] ?? 101) - 1}`]);
    expect(rowsOf('band', 'score')).toEqual(rows);
  });

  test.each(rowsOf('from', 'scores, window by window', 'band then'))(
    'says where a device in %s goes with %s: %s',
    (from, scores, band) => {
      const start = { ...initialBand, band: from as Band };
      const walked = scores!.split(' ').map(known).reduce<BandState>(nextBand, start);
      expect(walked.band).toBe(band);
    },
  );

  test.each(rowsOf('class', 'score', 'messages/s', 'bytes/s', 'flaps', 'attention'))(
    'gives the attention of a %s device at %s with %s messages, %s bytes, %s flaps: %s',
    (name, score, messages, bytes, flaps, attention) => {
      const facts = { score: known(score!), class: name!, flaps: Number(flaps) };
      const load = { messagesPerSecond: Number(messages), bytesPerSecond: Number(bytes) };
      expect(attentionOf({ ...facts, ...load })).toBe(Number(attention));
    },
  );

  test.each(rowsOf('bad', 'devices', 'bad elsewhere', 'devices elsewhere', 'lift, at least'))(
    'gives the lift of %s in %s against %s in %s: %s',
    (bad, total, restBad, restTotal, lift) => {
      const worked = liftOf(Number(bad), Number(total), Number(restBad), Number(restTotal));
      expect(worked?.toFixed(2) ?? '–').toBe(lift);
    },
  );
});
