/**
 * RESP (Redis protocol specification) written into a buffer that is known to have room. Each function answers where the
 * next byte goes: a position kept in a local variable costs nothing, one kept in an object is stored at every step.
 */

const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
const ZERO = 0x30;
/** Above this, numbers are not divided as integers. */
const maxInt32 = 0x7fff_ffff;

/** Up to so many bytes a loop beats the call of Buffer.copy for a part of a buffer: bench/src/micro/copy-range.ts. */
const longestLoop = 64;

/** All of `source`. */
export function putBytes(target: Buffer, at: number, source: Buffer): number {
  target.set(source, at);
  return at + source.length;
}

/** `source[start, end)`. */
export function putRange(target: Buffer, at: number, source: Buffer, start: number, end: number): number {
  const next = at + end - start;
  if (end - start > longestLoop) {
    source.copy(target, at, start, end);
    return next;
  }
  let from = start;
  let to = at;
  // Four at a time: a third less than one by one.
  for (const last = end - 3; from < last; from += 4, to += 4) {
    target[to] = source[from]!;
    target[to + 1] = source[from + 1]!;
    target[to + 2] = source[from + 2]!;
    target[to + 3] = source[from + 3]!;
  }
  while (from < end) target[to++] = source[from++]!;
  return next;
}

/** A number as a bulk string, its `$` included. */
export function putArgument(target: Buffer, at: number, value: number): number {
  target[at] = DOLLAR;
  return putLine(target, putLine(target, at + 1, digitCount(value)), value);
}

/** A number and the end of the line: the length of a bulk string, or its value. */
export function putLine(target: Buffer, at: number, value: number): number {
  return putLineEnd(target, putDigits(target, at, value));
}

export function putLineEnd(target: Buffer, at: number): number {
  target[at] = CR;
  target[at + 1] = LF;
  return at + 2;
}

function putDigits(target: Buffer, at: number, value: number): number {
  if (value > maxInt32) return at + target.write(String(value), at, 'latin1');
  const end = at + digitCount(value);
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    target[i] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}
