import { readFileSync } from 'node:fs';

const document = (name: string): string =>
  readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');

/**
 * The body rows of the table with these column heads in a file of docs/, cells trimmed.
 *
 * @throws Error when there is no such table.
 */
export function tableOf(name: string, heads: readonly string[]): string[][] {
  const rows = document(name)
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const head = rows.findIndex((cells) => cells.join() === heads.join());
  if (head < 0) throw new Error(`docs/${name} has no table ${heads.join(' | ')}`);
  const body = rows.slice(head + 2);
  return body.slice(
    0,
    body.findIndex((cells) => cells.length === 0),
  );
}
