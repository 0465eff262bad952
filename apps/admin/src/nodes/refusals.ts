import { z } from 'zod';

/** Connects that were turned away, counted by why and from where. */
export interface Refusal {
  /** A key of the close-reason table. */
  reason: string;
  /** IP address. */
  address: string;
  count: number;
}

const maxRefusals = 100;
const refusalsSchema = z.array(z.tuple([z.string().max(128), z.string().max(128), z.int().min(1)]));

/** Reads the field `refusals` of a node's figures: JSON of `[[reason, address, count], …]`; what is none is left out. */
export function parseRefusals(json: string | undefined): Refusal[] {
  if (json === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return [];
  }
  const read = refusalsSchema.safeParse(value);
  if (!read.success) return [];
  return read.data.slice(0, maxRefusals).map(([reason, address, count]) => ({ reason, address, count }));
}
