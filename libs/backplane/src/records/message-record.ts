import type { MessageProperties } from '@tributary/protocol';

/** One message as it is kept in Redis: a queue entry, a retained message, a will. */
export interface StoredMessage {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly payload: Buffer;
  /** Unix ms it was received. */
  readonly ts: number;
  /** The publisher's client id. */
  readonly from: string;
  /** With `seq` and `from` the message's identity; 0 where it is not kept: in queues, and in a will not fired yet. */
  readonly epoch: number;
  readonly seq: number;
  /** Unix ms after which it is of no use. */
  readonly expiresAt: number | undefined;
  readonly contentType: string | undefined;
  /** Without messageExpiry, unless it is a will: that one counts from when it is fired. */
  readonly props: MessageProperties | undefined;
}

/** What stands in Redis as a message is none. */
export class BrokenRecord extends Error {
  readonly code = 'broken-record';

  constructor(why: string, options?: ErrorOptions) {
    super(`broken message record: ${why}`, options);
    this.name = 'BrokenRecord';
  }
}

interface Head {
  topic: string;
  qos: 0 | 1 | 2;
  retain: boolean;
  ts: number;
  from: string;
  epoch: number;
  seq: number;
  expires?: number;
  ctype?: string;
  props?: MessageProperties;
  delay?: number;
}

/**
 * A message as bytes: one line of JSON, a line feed, the payload as it is.
 * @param extra `delay`: of a will, in seconds
 */
export function encodeMessageRecord(message: StoredMessage, extra: { delay?: number } = {}): Buffer {
  const { topic, qos, retain, ts, from, epoch, seq, expiresAt, contentType, props } = message;
  const head: Head = {
    ...{ topic, qos, retain, ts, from, epoch, seq },
    ...(expiresAt === undefined ? {} : { expires: expiresAt }),
    ...(contentType === undefined ? {} : { ctype: contentType }),
    ...(props === undefined ? {} : { props }),
    ...(extra.delay === undefined ? {} : { delay: extra.delay }),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), message.payload]);
}

/** @throws BrokenRecord */
export function decodeMessageRecord(record: Buffer): StoredMessage {
  const end = record.indexOf(0x0a);
  if (end < 0) throw new BrokenRecord('no line of JSON');
  const { topic, qos, retain, ts, from, epoch, seq, expires, ctype, props } = readHead(record, end);
  return {
    ...{ topic, qos, retain, payload: record.subarray(end + 1), ts, from, epoch, seq },
    ...{ expiresAt: expires, contentType: ctype, props },
  };
}

function readHead(record: Buffer, end: number): Head {
  let head: unknown;
  try {
    head = JSON.parse(record.toString('utf8', 0, end));
  } catch (cause) {
    throw new BrokenRecord('its line is not JSON', { cause });
  }
  const { topic, qos, retain, ts, from, epoch, seq, expires, ctype, props } = (head ?? {}) as Partial<Head>;
  const isWhole =
    typeof topic === 'string' &&
    (qos === 0 || qos === 1 || qos === 2) &&
    typeof retain === 'boolean' &&
    typeof from === 'string' &&
    [ts, epoch, seq, expires ?? 0].every(Number.isSafeInteger) &&
    typeof (ctype ?? '') === 'string' &&
    isObject(props ?? {});
  if (!isWhole) throw new BrokenRecord('a field is missing or of a wrong kind');
  return head as Head;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
