import { readTags, type ServiceClass, type Tags } from '@tributary/protocol';
import { matchesGlob } from './glob.ts';

/** What operators say of the devices whose client id matches. */
export interface DeviceRule {
  /** Client id; `*` stands for any characters. */
  readonly match: string;
  readonly class?: ServiceClass | undefined;
  readonly sleepy?: boolean | undefined;
  readonly tags: Tags;
}

export interface DevicesConfig {
  readonly rules: readonly DeviceRule[];
  /** Tags that devices name themselves are taken. */
  readonly acceptTags: boolean;
}

/** What is known of a device besides what it does. */
export interface DeviceTraits {
  readonly class: ServiceClass;
  /** Declared to sleep: its silence and its reconnects are no trouble. */
  readonly isSleepy: boolean;
  readonly tags: Tags;
}

/** A device nobody said anything about. */
export const plainTraits: DeviceTraits = { class: 'standard', isSleepy: false, tags: {} };

/** Finds the traits of devices. Of several rules that match, the first one that says something about a trait wins. */
export class DeviceRules {
  #config: DevicesConfig;
  readonly #counters: { tagsLeftOut: number };

  constructor(config: DevicesConfig, counters: { tagsLeftOut: number }) {
    this.#config = config;
    this.#counters = counters;
  }

  /** For devices that come from now on. */
  configure(config: DevicesConfig): void {
    this.#config = config;
  }

  /** The class the rules give to a client id; undefined when none says anything about it. */
  classOf(clientId: string): ServiceClass | undefined {
    return this.#config.rules.find((rule) => rule.class !== undefined && matchesGlob(rule.match, clientId))
      ?.class;
  }

  /** `said`: the tags the device itself names; those of a rule come first. */
  traitsOf(clientId: string, said: Iterable<readonly [name: string, value: unknown]>): DeviceTraits {
    const rules = this.#config.rules.filter(({ match }) => matchesGlob(match, clientId));
    const named = rules.flatMap(({ tags }) => Object.entries(tags));
    const own = this.#config.acceptTags ? [...said] : [];
    if (rules.length === 0 && own.length === 0) return plainTraits;
    const { tags, leftOut } = readTags([...named, ...own]);
    this.#counters.tagsLeftOut += leftOut;
    return {
      class: rules.find((rule) => rule.class !== undefined)?.class ?? plainTraits.class,
      isSleepy: rules.find((rule) => rule.sleepy !== undefined)?.sleepy ?? false,
      tags,
    };
  }
}
