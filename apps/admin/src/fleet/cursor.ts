import { deviceSorts, type DeviceSort } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import type { PageEnd } from './query/list-devices.ts';

const cursorSchema = z.tuple([
  z.enum(deviceSorts),
  z.string().max(64),
  z.int().min(0),
  z.union([z.number(), z.string(), z.null()]),
  z.string(),
]);

/** Where a page ended, as an opaque text. */
export function encodeCursor(sort: DeviceSort, { order, place, key, id }: PageEnd): string {
  return Buffer.from(JSON.stringify([sort, order, place, key, id])).toString('base64url');
}

/** Reads a cursor made for `sort`; undefined when it is none. */
export function decodeCursor(cursor: string, sort: DeviceSort): PageEnd | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
  const parsed = cursorSchema.safeParse(value);
  if (!parsed.success || parsed.data[0] !== sort) return undefined;
  const [, order, place, key, id] = parsed.data;
  return { order, place, key, id };
}
