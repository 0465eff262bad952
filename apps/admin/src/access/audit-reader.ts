import type { AuditEntry } from '@tributary/protocol/admin-api';
import type { Redis } from 'ioredis';

export interface AuditFilter {
  /** Exactly this operator. */
  who?: string | undefined;
  /** Actions that begin so. */
  action?: string | undefined;
  /** Targets that contain this. */
  target?: string | undefined;
}

export interface AuditPage {
  items: AuditEntry[];
  /** Read on before this id; undefined when nothing older is kept. */
  next: string | undefined;
}

const batchEntries = 500;
/** Entries looked at for one answer; a rare filter over a long audit takes several. */
const maxLooked = 10_000;
const idPattern = /^\d{1,15}-\d{1,15}$/;

/** Whether a text is the id of a stream entry, as a cursor has to be. */
export function isEntryId(text: string): boolean {
  return idPattern.test(text);
}

/** Entries that fit, newest first. @param before id of the entry to go on behind */
export async function readAudit(
  redis: Redis,
  key: string,
  filter: AuditFilter,
  { limit, before }: { limit: number; before?: string | undefined },
): Promise<AuditPage> {
  const items: AuditEntry[] = [];
  let next = before;
  for (let looked = 0; looked < maxLooked; looked += batchEntries) {
    const from = next === undefined ? '+' : `(${next}`;
    const batch = await redis.xrevrange(key, from, '-', 'COUNT', batchEntries);
    for (const [id, flat] of batch) {
      next = id;
      const entry = entryOf(id, flat);
      if (fits(entry, filter)) items.push(entry);
      if (items.length >= limit) return { items, next };
    }
    if (batch.length < batchEntries) return { items, next: undefined };
  }
  return { items, next };
}

function fits(entry: AuditEntry, { who, action, target }: AuditFilter): boolean {
  return (
    (who === undefined || entry.who === who) &&
    (action === undefined || entry.action.startsWith(action)) &&
    (target === undefined || entry.target.includes(target))
  );
}

function entryOf(id: string, flat: readonly string[]): AuditEntry {
  const fields: Record<string, string | undefined> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  const text = (name: string): string => fields[name] ?? '';
  return {
    id,
    ts: Number(fields.ts ?? id.split('-', 1)[0]),
    ...{ who: text('who'), role: text('role'), via: text('via'), address: text('address') },
    ...{ action: text('action'), target: text('target'), reason: text('reason'), result: text('result') },
    ...{ requestId: text('requestId'), detail: detailOf(text('detail')) },
  };
}

function detailOf(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
