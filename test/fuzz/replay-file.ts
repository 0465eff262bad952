import { type Case, casesFromText, casesToText } from './case.ts';
import { isVariant, type Variant } from './variants.ts';

/** Cases and the kind of node they are played on. */
export interface Replay {
  readonly variant: Variant;
  readonly cases: readonly Case[];
}

/** A replay file: comments, `node VARIANT`, then the cases. */
export const replayToText = ({ variant, cases }: Replay, about: readonly string[]): string =>
  [...about.flatMap((text) => text.split('\n').map((line) => `# ${line}`)), `node ${variant}`].join('\n') +
  `\n${casesToText(cases)}`;

/** Without a node: the first kind. @throws Error on what is no replay file */
export function replayFromText(text: string): Replay {
  const match = /^\s*node (\S+)$/m.exec(text);
  const variant = match?.[1] ?? 'round-robin';
  if (!isVariant(variant)) throw new Error(`no kind of node: ${variant}`);
  return { variant, cases: casesFromText(match === null ? text : text.replace(match[0], '')) };
}
