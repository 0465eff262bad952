import type { Statements } from '../statements/statement.ts';
import type { Coverage } from './titles.ts';

/** A specification with its statements and what covers them. */
export interface Specification {
  name: string;
  /** Folder of its test files below test/conformance. */
  folder: string;
  statements: Statements;
  coverage: Coverage;
}

const introduction = `# Conformance

<!-- made from the titles in test/conformance by \`UPDATE_DOCS=1 npm test -- --project system conformance-docs\`; do not edit -->

Every numbered normative statement of MQTT 3.1.1 and MQTT 5.0, in our own words, with the tests that cover it or the reason
why none does. A test carries the statement's tag in its title and runs over TCP and over WebSocket, in bytes against a
real gateway and a real Redis: \`npm test -- --project system conformance\`.`;

/** `3` of `3.1.2-4`; sections of chapter 3 stand by themselves: `3.1`. */
const chapterOf = (id: string): string => /^(?:3\.\d+|\d+)/.exec(id)?.[0] ?? '';

const byChapter = (ids: readonly string[]): Map<string, string[]> => {
  const chapters = new Map<string, string[]>();
  for (const id of ids) chapters.set(chapterOf(id), [...(chapters.get(chapterOf(id)) ?? []), id]);
  return chapters;
};

/** Statements with a test, and without. */
export function countsOf({ statements, coverage }: Specification): { covered: number; notCovered: number } {
  const ids = Object.keys(statements);
  const covered = ids.filter((id) => coverage.coveredBy.has(id)).length;
  return { covered, notCovered: ids.length - covered };
}

function rowOf(specification: Specification, id: string): string {
  const files = specification.coverage.coveredBy.get(id);
  const { says, notCovered = '' } = specification.statements[id] ?? { says: '' };
  const by = files
    ?.map((file) => `\`${specification.folder}/${file.replace(/\.test\.ts$/, '')}\``)
    .join(', ');
  return `| MQTT-${id} | ${says} | ${by ?? `– ${notCovered}`} |`;
}

function sectionOf(specification: Specification): string {
  const { covered, notCovered } = countsOf(specification);
  const tables = [...byChapter(Object.keys(specification.statements))].map(([chapter, ids]) =>
    [
      `### ${specification.name}, ${chapter.includes('.') ? 'section' : 'chapter'} ${chapter}`,
      '',
      '| statement | what it asks for | covered by, or why not |',
      '| --- | --- | --- |',
      ...ids.map((id) => rowOf(specification, id)),
    ].join('\n'),
  );
  const summary = `${covered + notCovered} statements: ${covered} covered, ${notCovered} with a reason why not.`;
  return [`## ${specification.name}`, summary, ...tables].join('\n\n');
}

/** docs/conformance.md, not yet formatted. */
export const documentOf = (specifications: readonly Specification[]): string =>
  [introduction, ...specifications.map(sectionOf)].join('\n\n') + '\n';
