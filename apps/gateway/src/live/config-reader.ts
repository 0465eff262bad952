import { ConfigError, type ConfigProblem, type Logger } from '@tributary/runtime';
import type { LoadedGatewayConfig } from '../config/config.ts';
import { readContent } from './config-content.ts';

/** Where a node's configuration comes from, so that it can be read again. */
export interface ConfigSource {
  readonly file: string;
  /** Told when the node read it first. */
  readonly warnings: readonly string[];
  /** Rejects with ConfigError, with every problem found. */
  load(): Promise<LoadedGatewayConfig>;
}

/** Why a file cannot be taken. */
export interface RefusedConfig {
  readonly problems: readonly ConfigProblem[];
}

/** Reads the file of a running node, and knows what it has read. */
export class ConfigReader {
  readonly #source: ConfigSource;
  readonly #logger: Logger;
  /** Of the content that was read last, whatever came of it. */
  #digest: string | undefined;
  #warnings: readonly string[];
  #isGone = false;

  /** What stands in the file now is what the node runs with. */
  constructor(source: ConfigSource, logger: Logger) {
    this.#source = source;
    this.#logger = logger;
    this.#warnings = source.warnings;
    const content = readContent(source.file);
    this.#digest = content.kind === 'absent' ? undefined : content.digest;
  }

  /** Whether the file says something else than when it was read last. One that is gone does not, and is told once. */
  isChanged(): boolean {
    const { file } = this.#source;
    const content = readContent(file);
    const wasGone = this.#isGone;
    this.#isGone = content.kind === 'absent';
    if (content.kind !== 'absent') return content.digest !== this.#digest;
    if (!wasGone) this.#logger.warn({ file }, 'the configuration file is gone; the one in force stays');
    return false;
  }

  /** What the file says, or why it cannot be taken. */
  async read(): Promise<LoadedGatewayConfig | RefusedConfig> {
    const { file } = this.#source;
    const content = readContent(file);
    this.#digest = content.kind === 'absent' ? undefined : content.digest;
    if (content.kind === 'unfit') return { problems: [{ path: '', message: `${file} ${content.why}` }] };
    try {
      return await this.#source.load();
    } catch (error) {
      if (error instanceof ConfigError) return { problems: error.problems };
      throw error;
    }
  }

  /** Logs the warnings about a configuration that is in force now, but for those that were there before. */
  tellWarnings({ warnings }: LoadedGatewayConfig): void {
    for (const warning of warnings) if (!this.#warnings.includes(warning)) this.#logger.warn(warning);
    this.#warnings = warnings;
  }
}
