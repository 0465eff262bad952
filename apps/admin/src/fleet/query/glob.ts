export type TextTest = (text: string) => boolean;

/**
 * What a pattern means: equal to it, where each `*` stands for any text. A lone `*` is any text but none, the empty
 * pattern is none. Takes time in proportion to the text, whatever the pattern.
 */
export function globTest(pattern: string): TextTest {
  const parts = pattern.split('*');
  if (parts.length === 1) return (text) => text === pattern;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  const least = first.length + last.length;
  return (text) => {
    if (text === '' || text.length < least || !text.startsWith(first) || !text.endsWith(last)) return false;
    return middle.length === 0 || hasInOrder(text, middle, first.length, text.length - last.length);
  };
}

/** Any of several patterns. */
export function anyGlob(patterns: readonly string[]): TextTest {
  const tests = patterns.map(globTest);
  return tests.length === 1 ? tests[0]! : (text) => tests.some((test) => test(text));
}

/** The text before the first `*`: everything that matches begins with it. */
export function fixedBeginning(pattern: string): string {
  const star = pattern.indexOf('*');
  return star < 0 ? pattern : pattern.slice(0, star);
}

function hasInOrder(text: string, parts: readonly string[], from: number, to: number): boolean {
  let at = from;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= to;
}
