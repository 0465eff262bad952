/** One level of names, and the whole topic where one ends here. */
interface Level {
  names: Map<string, Level> | undefined;
  topic: string | undefined;
}

/** A set of topic names that answers which of them a filter matches, for retained messages. */
export class TopicNames {
  readonly #root: Level = { names: undefined, topic: undefined };
  #count = 0;

  get count(): number {
    return this.#count;
  }

  has(topic: string): boolean {
    let level: Level | undefined = this.#root;
    for (const name of topic.split('/')) level = level?.names?.get(name);
    return level?.topic !== undefined;
  }

  add(topic: string): void {
    let level = this.#root;
    for (const name of topic.split('/')) {
      level.names ??= new Map();
      let next = level.names.get(name);
      if (next === undefined) level.names.set(name, (next = { names: undefined, topic: undefined }));
      level = next;
    }
    if (level.topic === undefined) this.#count++;
    level.topic = topic;
  }

  delete(topic: string): void {
    if (deleteBelow(this.#root, topic.split('/'), 0)) this.#count--;
  }

  all(): string[] {
    const found: string[] = [];
    collect(this.#root, false, found);
    return found;
  }

  /** The names that match `filter`, whose syntax has been checked. Leading wildcards match none with `$` [MQTT-4.7.2-1]. */
  matching(filter: string): string[] {
    const found: string[] = [];
    matchBelow(this.#root, filter.split('/'), 0, found);
    return found;
  }
}

function deleteBelow(level: Level, names: readonly string[], at: number): boolean {
  const name = names[at];
  if (name === undefined) {
    const had = level.topic !== undefined;
    level.topic = undefined;
    return had;
  }
  const next = level.names?.get(name);
  if (next === undefined) return false;
  const had = deleteBelow(next, names, at + 1);
  if (next.topic === undefined && next.names === undefined) {
    level.names!.delete(name);
    if (level.names!.size === 0) level.names = undefined;
  }
  return had;
}

function matchBelow(level: Level, names: readonly string[], at: number, found: string[]): void {
  const name = names[at];
  if (name === undefined) {
    if (level.topic !== undefined) found.push(level.topic);
    return;
  }
  if (name === '#' && at === names.length - 1) {
    collect(level, at === 0, found);
    return;
  }
  if (name !== '+') {
    const next = level.names?.get(name);
    if (next !== undefined) matchBelow(next, names, at + 1, found);
    return;
  }
  for (const [below, next] of level.names ?? []) {
    if (at > 0 || !below.startsWith('$')) matchBelow(next, names, at + 1, found);
  }
}

/** The level itself and all below it: `a/#` matches `a` too. */
function collect(level: Level, isRoot: boolean, found: string[]): void {
  if (level.topic !== undefined) found.push(level.topic);
  for (const [name, next] of level.names ?? []) {
    if (!isRoot || !name.startsWith('$')) collect(next, false, found);
  }
}
