/** A column is 16 bits wide, so a dictionary has at most so many names. */
const maxNames = 0x1_0000;

/** Names that repeat (nodes, protocols, reasons) kept once; a column holds their number. Code 0 is the empty name. */
export class Dictionary {
  readonly #names: string[] = [''];
  readonly #codes = new Map<string, number>([['', 0]]);

  code(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    // What does not fit is shown as not known rather than as another name.
    if (this.#names.length >= maxNames) return 0;
    this.#codes.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  name(code: number): string {
    return this.#names[code] ?? '';
  }

  get size(): number {
    return this.#names.length;
  }
}

/** Shown for a value there was no room for. */
export const notKept = '…';
const notKeptCode = maxNames - 1;

/** How many values several columns may have together. */
export interface Room {
  free: number;
}

/**
 * A column of texts that devices bring along (tags, address blocks). Anyone can make up new ones for ever, so each
 * value is counted and leaves with its last device. Code 0 is none.
 */
export class TextColumn {
  codes: Uint16Array;
  /** How many devices have a value. */
  devices = 0;
  readonly #maxValues: number;
  readonly #maxLength: number;
  readonly #room: Room;
  readonly #names: string[] = [''];
  readonly #counts: number[] = [0];
  readonly #codeOf = new Map<string, number>();
  readonly #free: number[] = [];

  /** @param room shared with other columns */
  constructor(
    capacity: number,
    limits: { maxValues: number; maxLength: number },
    room: Room = { free: Number.POSITIVE_INFINITY },
  ) {
    this.codes = new Uint16Array(capacity);
    this.#room = room;
    this.#maxValues = Math.min(limits.maxValues, notKeptCode - 1);
    this.#maxLength = limits.maxLength;
  }

  /** How many different values there are. */
  get values(): number {
    return this.#codeOf.size;
  }

  /** All codes are below it. */
  get size(): number {
    return maxNames;
  }

  reserve(capacity: number): void {
    const wider = new Uint16Array(capacity);
    wider.set(this.codes);
    this.codes = wider;
  }

  set(slot: number, value: string): void {
    const before = this.codes[slot]!;
    if (this.name(before) === value) return;
    this.#leave(before);
    this.codes[slot] = this.#enter(value);
  }

  name(code: number): string {
    return code === notKeptCode ? notKept : (this.#names[code] ?? '');
  }

  /** Codes that devices may have: of none, of every value, and of values there was no room for. */
  codesInUse(): number[] {
    return [0, ...this.#codeOf.values(), notKeptCode];
  }

  #enter(value: string): number {
    if (value === '') return 0;
    this.devices++;
    const code = this.#codeOf.get(value) ?? this.#newCode(value);
    if (code !== notKeptCode) this.#counts[code]!++;
    return code;
  }

  #newCode(value: string): number {
    const isFull = this.#codeOf.size >= this.#maxValues || this.#room.free <= 0;
    if (isFull || value.length > this.#maxLength) return notKeptCode;
    this.#room.free--;
    const code = this.#free.pop() ?? this.#names.length;
    this.#names[code] = value;
    this.#counts[code] = 0;
    this.#codeOf.set(value, code);
    return code;
  }

  #leave(code: number): void {
    if (code === 0) return;
    this.devices--;
    if (code === notKeptCode || --this.#counts[code]! > 0) return;
    this.#room.free++;
    this.#codeOf.delete(this.#names[code]!);
    this.#names[code] = '';
    this.#free.push(code);
  }
}
