import { decode as decodeCbor } from 'cborg';

/** How a payload may be shown. `auto` takes the first of JSON, text, CBOR that it is, else hex. */
export const payloadViews = ['auto', 'json', 'text', 'cbor', 'hex'] as const;
export type PayloadView = (typeof payloadViews)[number];

/** A payload as text, and as what it was read. */
export interface ShownPayload {
  as: Exclude<PayloadView, 'auto'>;
  text: string;
}

/** Shows bytes as asked; those that are not what was asked for are shown as hex. */
export function showPayload(base64: string, view: PayloadView): ShownPayload {
  const bytes = bytesOf(base64);
  const tries = view === 'auto' ? (['json', 'text', 'cbor'] as const) : view === 'hex' ? [] : [view];
  for (const as of tries) {
    const text = readers[as](bytes);
    if (text !== undefined) return { as, text };
  }
  return { as: 'hex', text: hexOf(bytes) };
}

const readers = { json: readJson, text: readText, cbor: readCbor } as const;

function readJson(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined || !/^\s*[[{"\d\-tfn]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

/** UTF-8 that a person can read: no control characters but blanks. */
function readText(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  // eslint-disable-next-line no-control-regex -- that there are none is the question
  return text === undefined || /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? undefined : text;
}

function readCbor(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  try {
    const value: unknown = decodeCbor(bytes, { allowIndefinite: true, useMaps: false, allowBigInt: true });
    return JSON.stringify(value, plain, 2);
  } catch {
    return undefined;
  }
}

/** What JSON has no word for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `h'${Array.from(value, hexByte).join('')}'`;
  return value;
}

/** A trace keeps so much of a payload. */
const keptBytes = 1024;

/** A payload that was cut may end within a letter: `stream` leaves that one out. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: bytes.length >= keptBytes });
  } catch {
    return undefined;
  }
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Sixteen bytes to a line, with their places and letters beside. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, hexByte).join(' ').padEnd(47);
    const letters = Array.from(row, (byte) =>
      byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·',
    ).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex}  ${letters}`);
  }
  return lines.join('\n');
}
