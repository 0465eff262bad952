import { type DerElement, DerReader, elementsOf, Tag } from './der.ts';

/**
 * A text that is the same for two names that are equal (RFC 5280 section 7.1): whatever kind of string they are written as,
 * however they are spaced, and in either case. Issuers are found by it.
 * @param name a Name: SEQUENCE OF SET OF AttributeTypeAndValue
 * @throws DerError when it is none
 */
export function nameKey(name: DerElement): string {
  return elementsOf(name)
    .map((relative) => elementsOf(relative).map(attributeKey).toSorted().join('+'))
    .join('/');
}

function attributeKey(attribute: DerElement): string {
  const reader = new DerReader(attribute.body);
  const type = reader.take(Tag.OID).body.toString('hex');
  const value = reader.take();
  reader.end();
  return `${type}=${valueKey(value)}`;
}

/** Separators of our own are escaped, so that no value can look like two. */
function valueKey(value: DerElement): string {
  const text = textOf(value);
  if (text === undefined) return `#${value.whole.toString('hex')}`;
  return encodeURIComponent(text.trim().replaceAll(/\s+/g, ' ').toLowerCase());
}

/** PrintableString, IA5String, NumericString, VisibleString: one byte a character, as TeletexString is used. */
const byteStrings = new Set([0x12, 0x13, Tag.TELETEX_STRING, 0x16, 0x1a]);

/** Undefined for kinds of strings nobody uses for names. Bytes that are none of the encoding are U+FFFD. */
export function textOf({ tag, body }: DerElement): string | undefined {
  if (tag === Tag.UTF8_STRING) return body.toString('utf8');
  if (byteStrings.has(tag)) return body.toString('latin1');
  if (tag === Tag.BMP_STRING && body.length % 2 === 0) return Buffer.from(body).swap16().toString('utf16le');
  return undefined;
}
