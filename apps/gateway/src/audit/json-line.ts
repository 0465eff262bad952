import { type AuditRecord, auditTexts } from './audit-record.ts';

/** A record as one line of JSON, its line feed included. Lines of the log have `level`, these have `audit`. */
export function jsonLine(record: AuditRecord): string {
  const { kind, time, node, seq, outcome, count } = record;
  const texts = auditTexts.flatMap((name) => (record[name] === undefined ? [] : [[name, record[name]]]));
  const line = { audit: kind, time: new Date(time).toISOString(), node, seq, outcome };
  return `${JSON.stringify({ ...line, ...Object.fromEntries(texts), count })}\n`;
}
