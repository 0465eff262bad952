import { readCount } from './device-record.ts';
import type { DeviceSample } from './fleet-index.ts';

/** Reads an entry of `{node:NODE}:samples`: `devices` is the JSON of `[[id, epoch, messages, bytes, lastSeenMs], …]`. */
export function parseSamples(fields: ReadonlyMap<string, string>): { ts: number; samples: DeviceSample[] } {
  const samples: DeviceSample[] = [];
  for (const line of parseLines(fields.get('devices') ?? '[]')) {
    const [id, ...numbers] = line;
    const [epoch, messages, bytes, lastSeen] = numbers;
    if (typeof id !== 'string') continue;
    if (!isCount(epoch) || !isCount(messages) || !isCount(bytes) || !isCount(lastSeen)) continue;
    samples.push({ id, epoch, messages, bytes, lastSeen });
  }
  return { ts: readCount(fields.get('ts')), samples };
}

function parseLines(json: string): unknown[][] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((line): line is unknown[] => Array.isArray(line)) : [];
  } catch {
    return [];
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
