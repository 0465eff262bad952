/**
 * Whether `text` is what `pattern` says: `*` stands for any characters, none included, everything else for itself. Takes
 * no longer than the product of both lengths, whatever they are.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  /** Behind the last `*`, and how far into the text it reached when it was last tried. */
  let afterStar = -1;
  let reached = 0;
  while (place < text.length) {
    if (pattern[at] === '*') {
      afterStar = ++at;
      reached = place;
    } else if (pattern[at] === text[place]) {
      at++;
      place++;
    } else if (afterStar >= 0) {
      at = afterStar;
      place = ++reached;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
