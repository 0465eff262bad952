import { type Room, TextColumn } from './dictionary.ts';

/** Names of tags kept; devices may come with any. */
const maxKeys = 32;
const maxKeyLength = 64;
/** Of one tag: a serial number as tag of every device still fits for half a fleet of 100,000. */
const limits = { maxValues: 50_000, maxLength: 128 };
/** Of all tags together: at most 25 MB of text. */
const maxValuesInAll = 100_000;

/** What devices say of themselves, a column for each name of a tag that any device has. */
export class Tags {
  readonly #columns = new Map<string, TextColumn>();
  readonly #room: Room = { free: maxValuesInAll };
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Names of the tags that devices have. */
  get keys(): string[] {
    return [...this.#columns.keys()];
  }

  /** Undefined: no device has such a tag. */
  column(key: string): TextColumn | undefined {
    return this.#columns.get(key);
  }

  reserve(capacity: number): void {
    this.#capacity = capacity;
    for (const column of this.#columns.values()) column.reserve(capacity);
  }

  /** Replaces all tags of a device. Names beyond those kept are left out; values beyond read as not known. */
  set(slot: number, tags: Readonly<Record<string, string>>): void {
    for (const [key, column] of this.#columns) {
      column.set(slot, Object.hasOwn(tags, key) ? tags[key]! : '');
      if (column.devices === 0) this.#columns.delete(key);
    }
    for (const [key, value] of Object.entries(tags)) {
      if (value === '' || this.#columns.has(key)) continue;
      this.#newColumn(key)?.set(slot, value);
    }
  }

  of(slot: number): Record<string, string> {
    const found: [string, string][] = [];
    for (const [key, column] of this.#columns) {
      const code = column.codes[slot]!;
      if (code !== 0) found.push([key, column.name(code)]);
    }
    // fromEntries defines properties: a tag named __proto__ is a tag.
    return Object.fromEntries(found);
  }

  #newColumn(key: string): TextColumn | undefined {
    if (this.#columns.size >= maxKeys || key.length > maxKeyLength) return undefined;
    const column = new TextColumn(this.#capacity, limits, this.#room);
    this.#columns.set(key, column);
    return column;
  }
}
