/** One thing wrong with a configuration. `message` is a whole sentence that names the key, so it stands alone. */
export interface ConfigProblem {
  /** Dotted path of the key, e.g. `limits.maxPacketBytes` or `listeners[0].port`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A configuration that must not be started with. Carries every problem found, not only the first. */
export class ConfigError extends Error {
  readonly code = 'config-invalid';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ message }) => message).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
