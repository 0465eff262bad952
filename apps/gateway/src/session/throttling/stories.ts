import type { ThrottleSubject } from '../../admission/throttle-note.ts';
import { Story, type ThrottleRule } from './story.ts';

/** So many subjects and rules are told of at a time; what comes beyond is counted only. */
const maxStories = 4096;
/** So many lines are told in one turn; the others wait for the next. */
const toldAtOnce = 200;

/** Gathers what limits do, so that it can be told in a line a minute for each rule and subject. */
export class Stories {
  readonly #stories = new Map<string, Story>();
  readonly #most: number;

  constructor(most = maxStories) {
    this.#most = most;
  }

  get size(): number {
    return this.#stories.size;
  }

  /** That of a rule and a subject; undefined when there are too many others. */
  of(rule: ThrottleRule, subject: ThrottleSubject, limit: string, nowMs: number): Story | undefined {
    const key = `${rule.isObserved ? '?' : '!'}${rule.rule}\n${nameOf(subject)}`;
    const known = this.#stories.get(key);
    if (known !== undefined) {
      known.subject = subject;
      return known;
    }
    if (this.#stories.size >= this.#most) return undefined;
    const story = new Story(rule, subject, limit, nowMs);
    this.#stories.set(key, story);
    return story;
  }

  /** Those to be told now; the caller says `told` of those that were. Forgets those of which nothing new came. */
  due(nowMs: number): Story[] {
    const due: Story[] = [];
    for (const [key, story] of this.#stories) {
      if (due.length < toldAtOnce && story.isDue(nowMs)) due.push(story);
      else if (story.isStale(nowMs)) {
        story.isOver = true;
        this.#stories.delete(key);
      }
    }
    return due;
  }
}

/** Whom it is about: the device if it is known, else the user, else where it came from. */
function nameOf({ clientId, user, address }: ThrottleSubject): string {
  if (clientId !== undefined) return `device ${clientId}`;
  return user === undefined ? `address ${hostOf(address ?? '')}` : `user ${user}`;
}

const hostOf = (address: string): string => address.replace(/:\d+$/, '');
