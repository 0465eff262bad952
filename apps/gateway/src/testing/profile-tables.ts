import { profileDefaults, profileNames, type ProfileDefault } from '../config/profiles.ts';

const titles = ['Key', 'Default', 'Why'];

/** The profiles as Markdown, a heading and a table for each, padded as Prettier pads them. */
export function profileTables(): string {
  return profileNames.map((name) => `### \`${name}\`\n\n${table(profileDefaults[name])}\n`).join('\n');
}

function table(defaults: readonly ProfileDefault[]): string {
  const rows = defaults.map(({ key, value, why }) => [`\`${key}\``, `\`${value}\``, why]);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
