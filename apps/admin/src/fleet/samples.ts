import { countOf, decodeQualitySamples, type QualitySample } from '@tributary/backplane';
import type { DeviceSample } from './apply-sample.ts';

export interface Samples {
  /** Unix ms, the node's clock. */
  ts: number;
  samples: DeviceSample[];
  quality: QualitySample[];
}

/** Reads an entry of `{node:NODE}:samples`: `devices` is the JSON of `[[id, epoch, messages, bytes, lastSeenMs], …]`. */
export function parseSamples(fields: ReadonlyMap<string, string>): Samples {
  const samples: DeviceSample[] = [];
  for (const line of parseLines(fields.get('devices') ?? '[]')) {
    const [id, ...numbers] = line;
    const [epoch, messages, bytes, lastSeen] = numbers;
    if (typeof id !== 'string') continue;
    if (!isCount(epoch) || !isCount(messages) || !isCount(bytes) || !isCount(lastSeen)) continue;
    samples.push({ id, epoch, messages, bytes, lastSeen });
  }
  const quality = decodeQualitySamples(fields.get('quality') ?? '[]');
  return { ts: countOf(fields.get('ts')), samples, quality };
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
