/** One level of the tree: what stands below each name, below `+`, and at `#`. */
interface Level<V> {
  names: Map<string, Level<V>> | undefined;
  plus: Level<V> | undefined;
  /** Of the filter that ends in `#` here. */
  hash: V | undefined;
  /** Of the filter that ends here. */
  own: V | undefined;
}

/**
 * Values by topic filter. Finding those that match a topic name visits only levels the name can lead to, so its cost does
 * not grow with the number of unrelated filters (MQTT 5 section 4.7).
 */
export class TopicTree<V> {
  readonly #root: Level<V> = newLevel();
  #count = 0;

  /** Filters in the tree. */
  get count(): number {
    return this.#count;
  }

  get(filter: string): V | undefined {
    let level: Level<V> | undefined = this.#root;
    const names = filter.split('/');
    const last = names.length - 1;
    for (const [i, name] of names.entries()) {
      if (name === '#' && i === last) return level.hash;
      level = name === '+' ? level.plus : level.names?.get(name);
      if (level === undefined) return undefined;
    }
    return level.own;
  }

  /** Puts `value` at `filter`, whose syntax has been checked. */
  set(filter: string, value: V): void {
    let level = this.#root;
    const names = filter.split('/');
    const last = names.length - 1;
    for (const [i, name] of names.entries()) {
      if (name === '#' && i === last) {
        if (level.hash === undefined) this.#count++;
        level.hash = value;
        return;
      }
      level = below(level, name);
    }
    if (level.own === undefined) this.#count++;
    level.own = value;
  }

  /** Takes the value at `filter` away, with the levels that led to it alone. */
  delete(filter: string): void {
    if (this.#deleteBelow(this.#root, filter.split('/'), 0)) this.#count--;
  }

  /** Appends to `found` the values of all filters that match the topic name. */
  match(topic: string, found: V[]): void {
    const names = topic.split('/');
    // A leading wildcard does not match a topic that begins with $ [MQTT-4.7.2-1].
    if (topic.charCodeAt(0) === 0x24) {
      const level = this.#root.names?.get(names[0]!);
      if (level !== undefined) matchBelow(level, names, 1, found);
    } else {
      matchBelow(this.#root, names, 0, found);
    }
  }

  /** @returns whether there was something to delete */
  #deleteBelow(level: Level<V>, names: readonly string[], at: number): boolean {
    const name = names[at];
    if (name === undefined) {
      const had = level.own !== undefined;
      level.own = undefined;
      return had;
    }
    if (name === '#' && at === names.length - 1) {
      const had = level.hash !== undefined;
      level.hash = undefined;
      return had;
    }
    const next = name === '+' ? level.plus : level.names?.get(name);
    if (next === undefined) return false;
    const had = this.#deleteBelow(next, names, at + 1);
    if (isEmpty(next)) forget(level, name);
    return had;
  }
}

function newLevel<V>(): Level<V> {
  return { names: undefined, plus: undefined, hash: undefined, own: undefined };
}

function below<V>(level: Level<V>, name: string): Level<V> {
  if (name === '+') return (level.plus ??= newLevel());
  level.names ??= new Map();
  let next = level.names.get(name);
  if (next === undefined) level.names.set(name, (next = newLevel()));
  return next;
}

function forget<V>(level: Level<V>, name: string): void {
  if (name === '+') level.plus = undefined;
  else {
    level.names!.delete(name);
    if (level.names!.size === 0) level.names = undefined;
  }
}

function isEmpty<V>(level: Level<V>): boolean {
  return (
    level.own === undefined &&
    level.hash === undefined &&
    level.plus === undefined &&
    level.names === undefined
  );
}

function matchBelow<V>(level: Level<V>, names: readonly string[], at: number, found: V[]): void {
  // `a/#` matches `a` too (MQTT 5 section 4.7.1.2).
  if (level.hash !== undefined) found.push(level.hash);
  if (at === names.length) {
    if (level.own !== undefined) found.push(level.own);
    return;
  }
  const next = level.names?.get(names[at]!);
  if (next !== undefined) matchBelow(next, names, at + 1, found);
  if (level.plus !== undefined) matchBelow(level.plus, names, at + 1, found);
}
