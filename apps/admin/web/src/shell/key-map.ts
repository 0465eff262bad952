/** Something a key does, or two keys one after the other (`g f`). */
export interface Binding {
  /** As `KeyboardEvent.key` says them, parted by a blank: `z`, `g f`, `Ctrl+k`, `/`. */
  keys: string;
  /** What it does, for the list of keys. */
  title: string;
  group: string;
  run: () => void;
}

/** The part of a keyboard event that is read. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const chordMs = 1200;

/** All shortcuts that work at this moment. The latest registered of the same keys wins: a page over the shell. */
export class KeyMap {
  #bindings: Binding[] = [];
  #prefix = '';
  #prefixAt = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes keys work until the returned function is called. */
  add(...bindings: Binding[]): () => void {
    this.#bindings = [...this.#bindings, ...bindings];
    return () => {
      this.#bindings = this.#bindings.filter((each) => !bindings.includes(each));
    };
  }

  /** All that work now, once each, in the order they were added. */
  list(): Binding[] {
    const byKeys = new Map(this.#bindings.map((binding) => [binding.keys, binding]));
    return [...byKeys.values()];
  }

  /** Does what the key is for; true when it was for something. */
  press(press: KeyPress, { hasLetters, isTyping }: { hasLetters: boolean; isTyping: boolean }): boolean {
    const name = nameOf(press);
    const isLetter = name.length === 1;
    if (isLetter && (isTyping || !hasLetters)) return false;
    const isChord = this.#now() - this.#prefixAt < chordMs;
    const keys = isChord ? `${this.#prefix} ${name}` : name;
    this.#prefixAt = Number.NEGATIVE_INFINITY;
    const binding = this.#find(keys) ?? (isChord ? this.#find(name) : undefined);
    if (binding !== undefined) {
      binding.run();
      return true;
    }
    return this.#begins(name);
  }

  #find(keys: string): Binding | undefined {
    return this.#bindings.findLast((binding) => binding.keys === keys);
  }

  /** True when a chord begins with it; then the next key belongs to this one. */
  #begins(name: string): boolean {
    if (!this.#bindings.some(({ keys }) => keys.startsWith(`${name} `))) return false;
    this.#prefix = name;
    this.#prefixAt = this.#now();
    return true;
  }
}

function nameOf({ key, ctrlKey, metaKey, altKey }: KeyPress): string {
  if (ctrlKey || metaKey) return `Ctrl+${key.toLowerCase()}`;
  return altKey ? `Alt+${key}` : key;
}
