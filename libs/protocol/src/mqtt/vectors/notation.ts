/**
 * Bytes from the notation of the tables: hexadecimal digits, and text in quotes, which stands for its UTF-8 bytes.
 * `*N` behind a part repeats it: `30 03 0001 "t"`, `"x"*65`, `2f*8`. Blanks separate.
 * @throws Error on anything else, so that a typing error is no vector
 */
export function wire(notation: string): Buffer {
  const parts: Buffer[] = [];
  let rest = notation.trim();
  while (rest !== '') {
    const match = /^(?:"([^"]*)"|((?:[0-9a-f]{2})+))(?:\*(\d+))?(?:\s+|$)/.exec(rest);
    if (match === null) throw new Error(`not the notation of wire examples: ${rest}`);
    const [whole, text, digits, times = '1'] = match;
    const part = text === undefined ? Buffer.from(digits!, 'hex') : Buffer.from(text);
    for (let i = 0; i < Number(times); i++) parts.push(part);
    rest = rest.slice(whole.length);
  }
  return Buffer.concat(parts);
}
