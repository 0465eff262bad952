/** Bytes that are not the DER they should be. */
export class DerError extends Error {
  readonly code = 'der-malformed';

  constructor(message: string) {
    super(message);
    this.name = 'DerError';
  }
}

/** Tags of X.690 that X.509 is made of: a class in the upper bits, 0x20 for what holds elements. */
export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OID: 0x06,
  UTF8_STRING: 0x0c,
  TELETEX_STRING: 0x14,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** `[n]` that holds elements. */
  context: (n: number): number => 0xa0 | n,
} as const;

/** One element: views of the bytes it was read from. */
export interface DerElement {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Buffer;
  readonly body: Buffer;
}

/**
 * Reads elements of DER (X.690) one after the other. Takes the one way to write each length and single-byte tags only, as
 * X.509 has them, and never looks behind its bytes; it does not descend by itself, so depth costs nothing.
 */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Tag of the next element; -1 behind the last. */
  get nextTag(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  /** @throws DerError when there is none, or not of this tag */
  take(tag?: number): DerElement {
    const bytes = this.#bytes;
    const start = this.#at;
    const found = bytes[start];
    if (found === undefined) throw new DerError('an element is missing');
    if (tag !== undefined && found !== tag)
      throw new DerError(`tag 0x${found.toString(16)} instead of 0x${tag.toString(16)}`);
    if ((found & 0x1f) === 0x1f) throw new DerError('a tag of more than one byte');
    const { length, bodyAt } = this.#length(start + 1);
    const end = bodyAt + length;
    if (end > bytes.length) throw new DerError('an element longer than what holds it');
    this.#at = end;
    return { tag: found, whole: bytes.subarray(start, end), body: bytes.subarray(bodyAt, end) };
  }

  /** The next element if it has this tag. @throws DerError when it is broken */
  takeIf(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.take(tag) : undefined;
  }

  /** @throws DerError when something is left */
  end(): void {
    if (!this.isDone) throw new DerError('bytes behind the last element');
  }

  #length(at: number): { length: number; bodyAt: number } {
    const first = this.#bytes[at];
    if (first === undefined) throw new DerError('a length is missing');
    if (first < 0x80) return { length: first, bodyAt: at + 1 };
    const count = first & 0x7f;
    // 0x80 is the indefinite length of BER; five bytes are more than any buffer holds.
    if (count === 0 || count > 4) throw new DerError('a length DER does not have');
    if (at + 1 + count > this.#bytes.length) throw new DerError('a length is cut off');
    const length = this.#bytes.readUIntBE(at + 1, count);
    if (length < 0x80 || this.#bytes[at + 1] === 0) throw new DerError('a length that could be shorter');
    return { length, bodyAt: at + 1 + count };
  }
}

/**
 * Far more than a name or an extension has. Each costs a hundred bytes however short it is, and names of lists are read before
 * anybody knows who signed them.
 */
const maxElements = 4096;

/** The elements a SEQUENCE or SET holds. @throws DerError when they are broken, or more than anybody needs */
export function elementsOf(holder: DerElement): DerElement[] {
  const reader = new DerReader(holder.body);
  const elements: DerElement[] = [];
  while (!reader.isDone) {
    if (elements.length === maxElements) throw new DerError(`more than ${maxElements} elements`);
    elements.push(reader.take());
  }
  return elements;
}

/** Unix ms of a Time (RFC 5280 section 4.1.2.5), which has seconds and ends with Z. @throws DerError when it is none */
export function timeOf({ tag, body }: DerElement): number {
  const text = body.toString('latin1');
  const digits = tag === Tag.UTC_TIME ? 12 : tag === Tag.GENERALIZED_TIME ? 14 : 0;
  if (digits === 0 || text.length !== digits + 1 || !/^\d+Z$/.test(text)) throw new DerError('no time');
  // Two digits of a year are 1950 to 2049.
  const full = digits === 14 ? text : `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)!;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) throw new DerError('a time that never was');
  return at;
}
