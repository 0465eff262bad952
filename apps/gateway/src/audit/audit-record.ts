import type { AuditEvent } from './audit-event.ts';
import { cleanText } from './clean-text.ts';

/** An event as it is written: cleaned, cut, and with what the node adds. */
export interface AuditRecord extends AuditEvent {
  /** Unix ms. */
  readonly time: number;
  /** `id.incarnation`. */
  readonly node: string;
  /** Rises by one with each record of this process: a gap is what was lost on the way. */
  readonly seq: number;
  /** It stands for so many events; the fields are those of the last. Absent: for one. */
  readonly count?: number | undefined;
}

/** An event that may stand for many. */
export interface CountedEvent extends AuditEvent {
  readonly count?: number | undefined;
}

/** Most bytes of UTF-8 of each text, so that a record fits a datagram. Client ids and users are the device's to choose. */
const maxBytes = {
  source: 64,
  destination: 64,
  protocol: 32,
  clientId: 256,
  user: 256,
  authenticator: 64,
  reason: 64,
  detail: 512,
} as const;
type Text = keyof typeof maxBytes;

/** Order of the texts in a line. */
export const auditTexts = Object.keys(maxBytes) as readonly Text[];

/** @param time Unix ms */
export function recordOf(event: CountedEvent, time: number, node: string, seq: number): AuditRecord {
  const texts: Partial<Record<Text, string>> = {};
  for (const name of auditTexts) {
    const text = event[name];
    if (text !== undefined) texts[name] = cleanText(text, maxBytes[name]);
  }
  const { kind, outcome, count } = event;
  return { kind, outcome, ...texts, time, node, seq, count };
}
