import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tags by test file, as found in titles. */
export interface Coverage {
  /** Statement id → names of the files that cover it, sorted. */
  coveredBy: Map<string, string[]>;
  /** `file: tag` of every tag that stands in code outside a title. */
  misplaced: string[];
}

const tags = /\[MQTT-(\d+\.\d+\.\d+-\d+)\]/g;
/** The first argument of `overTransports` or `test`, or of what their `.each(rows)` returns. */
const title =
  /\b(?:overTransports|test)(?:\.concurrent)?(?:\.each\([^]*?\))?\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g;
/** The first value of a row, which becomes a part of a title. */
const rowStart = /\[\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g;
const comments = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;

const tagsOf = (source: string): string[] => [...source.matchAll(tags)].map(([, id]) => id ?? '');

/** Reads the titles of every test file of a folder. */
export function coverageOf(folder: string): Coverage {
  const coverage: Coverage = { coveredBy: new Map(), misplaced: [] };
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  for (const file of files.sort()) addFile(coverage, file, readFileSync(join(folder, file), 'utf8'));
  return coverage;
}

function addFile({ coveredBy, misplaced }: Coverage, file: string, source: string): void {
  const code = source.replaceAll(comments, '');
  const titled = [...code.matchAll(title), ...code.matchAll(rowStart)].flatMap(([, , text]) =>
    tagsOf(text ?? ''),
  );
  const left = [...titled];
  for (const id of tagsOf(code)) {
    const at = left.indexOf(id);
    if (at < 0) misplaced.push(`${file}: [MQTT-${id}]`);
    else left.splice(at, 1);
  }
  for (const id of new Set(titled)) coveredBy.set(id, [...(coveredBy.get(id) ?? []), file]);
}
