import { ProtocolError } from '../errors.ts';

/** The fields of one JSON object in a device's frame. */
export type Fields = Record<string, unknown>;

/** What an MQTT string or binary can hold, so that every field can be handed on to an MQTT device. */
const maxFieldBytes = 65_535;

/** @throws ProtocolError `protocol-error` that names the field */
export function refuse(field: string, wanted: string): never {
  throw new ProtocolError('protocol-error', `field ${field}: ${wanted}`);
}

/** @throws ProtocolError when there is a field that is not `known`; `path` stands before its name */
export function checkNames(fields: Fields, known: ReadonlySet<string>, path = ''): void {
  for (const name in fields) if (!known.has(name)) refuse(path + name, 'no such field');
}

export function textField(fields: Fields, name: string, path = ''): string | undefined {
  const value = fields[name];
  return value === undefined ? undefined : textOf(value, path + name);
}

export function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || /[\0\p{Cs}]/u.test(value))
    refuse(name, 'a text without U+0000 and lone surrogates');
  return value;
}

/** A text of at most 65,535 bytes. */
export function shortText(fields: Fields, name: string): string | undefined {
  const value = textField(fields, name);
  if (value !== undefined && Buffer.byteLength(value) > maxFieldBytes)
    refuse(name, `at most ${maxFieldBytes} bytes`);
  return value;
}

/** Base64 of at most 65,535 bytes. */
export function shortBytes(fields: Fields, name: string): Buffer | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (!isBase64(value)) refuse(name, 'base64 text');
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length > maxFieldBytes) refuse(name, `at most ${maxFieldBytes} bytes`);
  return bytes;
}

/** RFC 4648 section 4; padding may be left out, but not half of it. */
export function isBase64(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return false;
  return value.endsWith('=') ? value.length % 4 === 0 : value.length % 4 !== 1;
}

export function whole(fields: Fields, name: string, min: number, max: number, path = ''): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    refuse(path + name, `a whole number from ${min} to ${max}`);
  }
  return value as number;
}

/** The number a frame is answered by. */
export function requiredId(fields: Fields): number {
  return whole(fields, 'id', 1, Number.MAX_SAFE_INTEGER) ?? refuse('id', 'a whole number');
}

export function boolean(fields: Fields, name: string, fallback: boolean, path = ''): boolean {
  const value = fields[name];
  if (value !== undefined && typeof value !== 'boolean') refuse(path + name, 'true or false');
  return value ?? fallback;
}

/** The field, or nothing where it is absent: for spreading. */
export function optional<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}
