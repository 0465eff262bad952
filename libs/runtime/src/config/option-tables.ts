import type { z } from 'zod';
import type { Liveness } from './option-notes.ts';
import { listOptions, type Option } from './options.ts';

const titles = ['Key', 'Variable', 'Accepts', 'Default', 'Change', 'What and why'];
const changeColumn = titles.indexOf('Change');

/**
 * The options of a schema as Markdown: one heading and table per section, those without a section first. Columns are
 * padded as Prettier pads them, so the formatter leaves the result alone. Where any option is live, a column says which.
 */
export function optionTables(schema: z.ZodObject, prefix: string): string {
  const sections = new Map<string, Option[]>([['', []]]);
  const all = listOptions(schema, prefix);
  const isAnyLive = all.some(({ live }) => live !== false);
  for (const option of all) {
    const name = /^[^.[]+(?=[.[])/.exec(option.path)?.[0] ?? sectionOfList(option);
    sections.set(name, [...(sections.get(name) ?? []), option]);
  }
  return [...sections]
    .filter(([, options]) => options.length > 0)
    .map(
      ([name, options]) =>
        `### ${name === '' ? 'Top level' : `\`${name}\``}\n\n${table(options, isAnyLive)}\n`,
    )
    .join('\n');
}

/** A list of the top level stands with the keys of its entries. */
function sectionOfList({ path, type }: Option): string {
  return type.startsWith('a list') ? path : '';
}

function table(options: readonly Option[], isAnyLive: boolean): string {
  const rows = [titles, ...options.map(cellsOf)].map((row) =>
    isAnyLive ? row : row.toSpliced(changeColumn, 1),
  );
  const [head = titles, ...body] = rows;
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function cellsOf({ path, env, type, default: value, live, description }: Option): string[] {
  const variable = env === undefined ? '' : code(env);
  return [code(path), variable, type, defaultCell(value), changeCell(live), description].map((cell) =>
    cell.replaceAll('|', '\\|'),
  );
}

/** When a change takes effect. */
function changeCell(live: Liveness): string {
  if (live === false) return 'restart';
  return live === true ? 'live' : live;
}

/** A value as code, a computed default in its own words. */
function defaultCell(value: string | undefined): string {
  return value === undefined || value.includes(' ') ? (value ?? '') : code(value);
}

function code(text: string): string {
  return `\`${text}\``;
}
