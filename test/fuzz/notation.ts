const part = /^(?:"([^"]*)"|'([^']*)'|((?:[0-9a-f]{2})+))(?:\*(\d+))?(?:\s+|$)/;
const run = /([\s\S])\1{11,}|[ !#-~]{4,}|[ -&(-~]{4,}/g;

/**
 * Bytes much as the tables of `@tributary/protocol/vectors` write them: hexadecimal digits, and readable text in single or
 * double quotes; `*N` behind a part repeats it.
 */
export function toNotation(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const hex = (chunk: string): string => Buffer.from(chunk, 'latin1').toString('hex');
  const parts: string[] = [];
  let at = 0;
  for (const { 0: found, 1: repeated, index } of text.matchAll(run)) {
    if (index > at) parts.push(hex(text.slice(at, index)));
    parts.push(repeated === undefined ? quoted(found) : `${hex(repeated)}*${found.length}`);
    at = index + found.length;
  }
  if (at < text.length) parts.push(hex(text.slice(at)));
  return parts.join(' ');
}

const quoted = (text: string): string => (text.includes('"') ? `'${text}'` : `"${text}"`);

/** The other way round. @throws Error on anything else, so that a typing error is no case */
export function fromNotation(notation: string): Buffer {
  const parts: Buffer[] = [];
  let rest = notation.trim();
  while (rest !== '') {
    const match = part.exec(rest);
    if (match === null) throw new Error(`not the notation of wire examples: ${rest.slice(0, 80)}`);
    const [whole, double, single, digits = '', times = '1'] = match;
    const text = double ?? single;
    const once = text === undefined ? Buffer.from(digits, 'hex') : Buffer.from(text, 'latin1');
    for (let n = 0; n < Number(times); n++) parts.push(once);
    rest = rest.slice(whole.length);
  }
  return Buffer.concat(parts);
}
