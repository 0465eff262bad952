import type { z } from 'zod';
import { listOptions, type Option } from './options.ts';

const titles = ['Key', 'Variable', 'Accepts', 'Default', 'What and why'];

/**
 * The options of a schema as Markdown: one heading and table per section, those without a section first. Columns are
 * padded as Prettier pads them, so the formatter leaves the result alone.
 */
export function optionTables(schema: z.ZodObject, prefix: string): string {
  const sections = new Map<string, Option[]>([['', []]]);
  for (const option of listOptions(schema, prefix)) {
    const name = /^[^.[]+(?=[.[])/.exec(option.path)?.[0] ?? sectionOfList(option);
    sections.set(name, [...(sections.get(name) ?? []), option]);
  }
  return [...sections]
    .filter(([, options]) => options.length > 0)
    .map(([name, options]) => `### ${name === '' ? 'Top level' : `\`${name}\``}\n\n${table(options)}\n`)
    .join('\n');
}

/** A list of the top level stands with the keys of its entries. */
function sectionOfList({ path, type }: Option): string {
  return type.startsWith('a list') ? path : '';
}

function table(options: readonly Option[]): string {
  const rows = [titles, ...options.map(cellsOf)];
  const widths = titles.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = titles, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function cellsOf({ path, env, type, default: value, description }: Option): string[] {
  return [code(path), env === undefined ? '' : code(env), type, defaultCell(value), description].map((cell) =>
    cell.replaceAll('|', '\\|'),
  );
}

/** A value as code, a computed default in its own words. */
function defaultCell(value: string | undefined): string {
  return value === undefined || value.includes(' ') ? (value ?? '') : code(value);
}

function code(text: string): string {
  return `\`${text}\``;
}
