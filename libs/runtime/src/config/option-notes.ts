/**
 * When a changed value takes effect: `true` at once, `'new connections'` for those that begin from now on (the others keep
 * what they were told), `false` after a restart.
 */
export type Liveness = boolean | 'new connections';

/**
 * What a schema says about one of its options beyond the type, given with `.meta({ … })`. All of it is for people: error
 * messages, `docs/configuration.md`, `--print-config`; `live` also decides what a running program takes over.
 */
export interface OptionNotes {
  /** The value may hold a password: it is never shown in a message, and masked when the config is printed. */
  readonly secret?: boolean;
  /** What is accepted, in words that follow "must be": `a whole number`, `letters, digits and dashes`. */
  readonly accepts?: string;
  /** Stands for a default that is computed, such as one taken from the host's name. */
  readonly defaultText?: string;
  /** Whether a change takes effect while the program runs. A section speaks for its keys, a key may differ. Unsaid: no. */
  readonly live?: Liveness;
}
