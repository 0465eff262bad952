import { type AuditRecord, auditTexts } from '../audit-record.ts';

/** Facilities by name (RFC 5424 section 6.2.1, table 1). */
export const facilities = {
  user: 1,
  daemon: 3,
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;
export type Facility = keyof typeof facilities;

/** Severities (RFC 5424 section 6.2.1, table 2). */
const severity = { warning: 4, informational: 6 } as const;

/** Who speaks. */
export interface SyslogOrigin {
  readonly facility: Facility;
  /** Printable ASCII, 255 at the most. */
  readonly hostName: string;
  /** Printable ASCII, 48 at the most. */
  readonly appName: string;
  readonly processId: number;
  /** Private enterprise number of our structured data. */
  readonly enterpriseNumber: number;
}

/** A record as one message of RFC 5424. What a device chose stands in the structured data only, and escaped. */
export function syslogMessage(record: AuditRecord, origin: SyslogOrigin): string {
  const { kind, outcome, time, reason } = record;
  const level = outcome === 'failure' ? severity.warning : severity.informational;
  const priority = facilities[origin.facility] * 8 + level;
  const header = [
    `<${priority}>1`,
    new Date(time).toISOString(),
    headerField(origin.hostName, 255),
    headerField(origin.appName, 48),
    String(origin.processId),
    kind,
  ].join(' ');
  const text = reason === undefined ? `${kind} ${outcome}` : `${kind} ${outcome}: ${headerField(reason, 64)}`;
  return `${header} ${structuredData(record, origin.enterpriseNumber)} ${text}`;
}

/** Section 6.3: `meta` is of the standard, and its sequenceId shows a collector what was lost (section 7.3.1). */
function structuredData(record: AuditRecord, enterpriseNumber: number): string {
  const { seq, node, outcome, count } = record;
  const params = [
    param('node', node),
    param('outcome', outcome),
    ...auditTexts.flatMap((name) => {
      const value = record[name];
      return value === undefined ? [] : [param(name, value)];
    }),
    ...(count === undefined ? [] : [param('count', String(count))]),
  ];
  const sequenceId = ((seq - 1) % 2_147_483_647) + 1;
  return `[meta ${param('sequenceId', String(sequenceId))}][tributary@${enterpriseNumber} ${params.join(' ')}]`;
}

/** Section 6.3.3: the three characters that would end a value are escaped. The rest was cleaned before. */
const param = (name: string, value: string): string => `${name}="${value.replaceAll(/["\\\]]/g, '\\$&')}"`;

/** PRINTUSASCII of section 6; what else there is becomes `_`, nothing at all the NILVALUE. */
function headerField(text: string, maxLength: number): string {
  const field = text.replaceAll(/[^\u0021-\u007e]/g, '_').slice(0, maxLength);
  return field === '' ? '-' : field;
}
