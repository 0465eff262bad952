import { deviceSorts, type DeviceSort } from '@tributary/protocol/admin-api';
import { z } from 'zod';

/** Where a page ended: the sort key and id of its last row. The next page is what comes after it in the same order. */
export interface Position {
  key: number | string;
  id: string;
}

const cursorSchema = z.tuple([z.enum(deviceSorts), z.union([z.number(), z.string()]), z.string()]);

export function encodeCursor(sort: DeviceSort, position: Position): string {
  return Buffer.from(JSON.stringify([sort, position.key, position.id])).toString('base64url');
}

/** Reads a cursor made for `sort`; undefined when it is none. */
export function decodeCursor(cursor: string, sort: DeviceSort): Position | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
  const parsed = cursorSchema.safeParse(value);
  if (!parsed.success || parsed.data[0] !== sort) return undefined;
  return { key: parsed.data[1], id: parsed.data[2] };
}
