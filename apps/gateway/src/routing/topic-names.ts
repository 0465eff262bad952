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
    return [...below(this.#root, false)];
  }

  /**
   * The names that match `filter`, whose syntax has been checked, one after the other: who takes them may pause in between.
   * Leading wildcards match none with `$` [MQTT-4.7.2-1].
   */
  matching(filter: string): Iterable<string> {
    return matchBelow(this.#root, filter.split('/'), 0);
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

function* matchBelow(level: Level, names: readonly string[], at: number): Iterable<string> {
  const name = names[at];
  if (name === undefined) {
    if (level.topic !== undefined) yield level.topic;
  } else if (name === '#' && at === names.length - 1) {
    yield* below(level, at === 0);
  } else if (name !== '+') {
    const next = level.names?.get(name);
    if (next !== undefined) yield* matchBelow(next, names, at + 1);
  } else {
    for (const [each, next] of level.names ?? []) {
      if (at > 0 || !each.startsWith('$')) yield* matchBelow(next, names, at + 1);
    }
  }
}

/** The level itself and all below it: `a/#` matches `a` too. */
function* below(level: Level, isRoot: boolean): Iterable<string> {
  if (level.topic !== undefined) yield level.topic;
  for (const [name, next] of level.names ?? []) {
    if (!isRoot || !name.startsWith('$')) yield* below(next, false);
  }
}
