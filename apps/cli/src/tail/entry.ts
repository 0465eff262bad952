import { decodeUtf8 } from './text.ts';

/** A stream entry as a reader got it: flat fields, values as raw bytes. */
export interface RawEntry {
  stream: 'messages' | 'events';
  id: string;
  /** Name, value, name, value … */
  fields: Buffer[];
}

/** An entry to show. Tolerant: fields it does not know are kept, fields that are missing are empty. */
export interface Entry {
  stream: 'messages' | 'events';
  id: string;
  device: string;
  /** Of a message or a will; empty for other events. */
  topic: string;
  /** Unix milliseconds: the field `ts`, or the entry's own time. */
  atMs: number;
  payload: Buffer;
  /** All fields but the payload, in their order. */
  values: Record<string, string>;
}

export function readEntry(raw: RawEntry): Entry {
  const values: Record<string, string> = {};
  let payload = Buffer.alloc(0) as Buffer;
  for (let i = 0; i + 1 < raw.fields.length; i += 2) {
    const name = toText(raw.fields[i]!);
    if (raw.stream === 'messages' && name === 'payload') payload = raw.fields[i + 1]!;
    else
      Object.defineProperty(values, name, {
        value: toText(raw.fields[i + 1]!),
        enumerable: true,
        configurable: true,
      });
  }
  const ts = Number(values['ts'] ?? NaN);
  const ownTime = Number(raw.id.split('-')[0]);
  return {
    stream: raw.stream,
    id: raw.id,
    device: values['device'] ?? '',
    topic: values['topic'] ?? '',
    atMs: Number.isSafeInteger(ts) && ts >= 0 && ts < 8.64e15 ? ts : ownTime,
    payload,
    values,
  };
}

const toText = (bytes: Buffer): string => decodeUtf8(bytes) ?? bytes.toString('latin1');
