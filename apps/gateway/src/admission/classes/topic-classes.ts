import { type ServiceClass, serviceClasses } from '@tributary/protocol';

/** Publishing to a topic that matches raises the device to this class. */
export interface TopicRule {
  /** A topic filter; its syntax has been checked. */
  readonly filter: string;
  readonly class: ServiceClass;
}

interface Filter {
  /** Undefined stands for `+`. */
  readonly levels: readonly (Buffer | undefined)[];
  readonly hasHash: boolean;
  readonly rank: number;
}

const SLASH = 0x2f;
const DOLLAR = 0x24;

/** To which class a topic raises whoever publishes to it. Looks at the bytes of the topic and makes nothing of them. */
export class TopicClasses {
  /** Those that raise the highest come first. */
  readonly #filters: readonly Filter[];

  constructor(rules: readonly TopicRule[]) {
    this.#filters = rules.map(compile).sort((a, b) => a.rank - b.rank);
  }

  get isEmpty(): boolean {
    return this.#filters.length === 0;
  }

  /** Place in `serviceClasses` of the most important class a topic raises to; -1 when it raises to none. */
  rankOf(topic: Buffer, start: number, end: number): number {
    for (const filter of this.#filters) if (matches(filter, topic, start, end)) return filter.rank;
    return -1;
  }
}

function compile({ filter, class: serviceClass }: TopicRule): Filter {
  const names = filter.split('/');
  const hasHash = names.at(-1) === '#';
  const levels = (hasHash ? names.slice(0, -1) : names).map((name) =>
    name === '+' ? undefined : Buffer.from(name),
  );
  return { levels, hasHash, rank: serviceClasses.indexOf(serviceClass) };
}

/** MQTT 5 section 4.7. */
function matches({ levels, hasHash }: Filter, topic: Buffer, start: number, end: number): boolean {
  // A leading wildcard does not match a topic that begins with $ [MQTT-4.7.2-1].
  if (levels[0] === undefined && topic[start] === DOLLAR) return false;
  let at = start;
  for (let i = 0; i < levels.length; i++) {
    if (i > 0) {
      if (at >= end || topic[at] !== SLASH) return false;
      at++;
    }
    const name = levels[i];
    const levelEnd = endOfLevel(topic, at, end);
    if (
      name !== undefined &&
      (levelEnd - at !== name.length || topic.compare(name, 0, name.length, at, levelEnd) !== 0)
    )
      return false;
    at = levelEnd;
  }
  // `a/#` matches `a` too.
  return at === end || hasHash;
}

function endOfLevel(topic: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && topic[at] !== SLASH) at++;
  return at;
}
