// The apps log JSON lines (pino); here they become something to read.

const levels = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const known = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err', 'v']);

/** A log line's object, or undefined when the line is something else. */
export function parseLine(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** `warn  the message  key=value …`, with an error's own message at the end. */
export function readable(entry) {
  const facts = Object.entries(entry).filter(([key]) => !known.has(key));
  return [
    levels[entry.level] ?? '',
    entry.msg ?? '',
    ...facts.map(([key, value]) => `${key}=${shown(value)}`),
    entry.err?.message === undefined ? '' : `(${entry.err.message})`,
  ]
    .filter((part) => part !== '')
    .join('  ');
}

/** Whether a person should see it at once. */
export const isAlarming = (entry) => entry.level >= 40;

/** Calls back with every whole line of a stream. */
export function eachLine(stream, onLine) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
