/**
 * A cell of a CSV file (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe in front, as
 * OWASP advises for CSV injection: client ids and tags are whatever a device says.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = startsFormula.test(value) ? `'${value}` : value;
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Cells as a line, with its end. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

// The wide forms and blanks in front count, too: spreadsheets look behind them.
const startsFormula = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;
// A lone carriage return or another line separator is the end of a line to some readers.
const needsQuotes = /[",;\p{Cc}\u2028\u2029]|^\s|\s$/u;
