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
  readonly #names: string[] = [''];
  readonly #counts: number[] = [0];
  readonly #codeOf = new Map<string, number>();
  readonly #free: number[] = [];

  constructor(capacity: number, limits: { maxValues: number; maxLength: number }) {
    this.codes = new Uint16Array(capacity);
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
    if (value.length > this.#maxLength || this.#codeOf.size >= this.#maxValues) return notKeptCode;
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
    this.#codeOf.delete(this.#names[code]!);
    this.#names[code] = '';
    this.#free.push(code);
  }
}
