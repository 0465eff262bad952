import { isDeepStrictEqual } from 'node:util';
import { type AclDefault, SessionAcl } from './session-acl.ts';
import { type AclRule, type AclSubject, type ReadyRule, readyRule } from './rule.ts';

/** What is done with a PUBLISH of a 3.1.1 device, which cannot be told that it is refused [MQTT-3.3.5-2]. */
export type DeniedPublish = 'acknowledge' | 'close';

export interface AclConfig {
  /** For devices somebody vouches for. */
  readonly default: AclDefault;
  /** For those nobody vouches for. */
  readonly anonymousDefault: AclDefault;
  readonly deniedPublish311: DeniedPublish;
  readonly rules: readonly AclRule[];
}

/** The rules of what devices may publish and have. The first that matches a topic decides; else the default does. */
export class Acl {
  #config: AclConfig;
  #rules: readonly ReadyRule[];

  constructor(config: AclConfig) {
    this.#config = config;
    this.#rules = config.rules.map(readyRule);
  }

  get deniedPublish311(): DeniedPublish {
    return this.#config.deniedPublish311;
  }

  /** From now on these rules hold for whom `of` is asked about. @returns whether they are others than before */
  configure(config: AclConfig): boolean {
    if (isDeepStrictEqual(config, this.#config)) return false;
    this.#config = config;
    this.#rules = config.rules.map(readyRule);
    return true;
  }

  /** What a device may do; undefined where it may do everything, so that nothing is asked of its messages. */
  of(subject: AclSubject): SessionAcl | undefined {
    const { default: vouched, anonymousDefault } = this.#config;
    const otherwise = subject.identity.by === 'anonymous' ? anonymousDefault : vouched;
    if (this.#rules.length === 0 && otherwise === 'allow') return undefined;
    return new SessionAcl(this.#rules, otherwise, subject);
  }
}
