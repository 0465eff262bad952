import {
  configChanges,
  FileWatch,
  withLiveValues,
  type ConfigChange,
  type ConfigProblem,
  type Logger,
} from '@tributary/runtime';
import type { Audit } from '../audit/audit-event.ts';
import { gatewaySchema } from '../config/schema.ts';
import type { GatewayConfig } from '../config/config.ts';
import { ConfigReader, type ConfigSource } from './config-reader.ts';
import { ConfigReport, type ReloadCause } from './config-report.ts';
import { Trial } from './trial.ts';

export interface LiveConfigurationOptions {
  readonly source: ConfigSource;
  readonly inForce: GatewayConfig;
  /** Hands a configuration to every part in one go. Rejects when that cannot be; then nothing has changed. */
  readonly apply: (next: GatewayConfig, previous: GatewayConfig) => Promise<void>;
  readonly isReady: () => boolean;
  readonly audit: Audit;
  readonly logger: Logger;
  /** Monotonic ms. */
  readonly monotonic: () => number;
}

export type ReloadOutcome = 'applied' | 'unchanged' | 'refused' | 'rolled-back';

/** How often a configuration on trial is looked at, ms. */
const lookMs = 250;

/** Keeps a node's configuration as its file says: watches it, reads it, has it applied, and takes it back when it does harm. */
export class LiveConfiguration {
  readonly outcomes: Record<ReloadOutcome, number> = {
    'applied': 0,
    'unchanged': 0,
    'refused': 0,
    'rolled-back': 0,
  };
  readonly #options: LiveConfigurationOptions;
  readonly #reader: ConfigReader;
  readonly #report: ConfigReport;
  readonly #watch: FileWatch;
  readonly #trial = new Trial();
  #inForce: GatewayConfig;
  /** What the node was well with. */
  #lastGood: GatewayConfig;
  /** What it was not well with, until it is taken back. */
  #failed: GatewayConfig | undefined;
  #restartRequired: readonly ConfigChange[] = [];
  #problems: readonly ConfigProblem[] = [];
  /** Reloads run one behind the other. */
  #work: Promise<void> = Promise.resolve();
  #isAsked = false;
  #isRunning = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(options: LiveConfigurationOptions) {
    const { source, inForce, logger, audit } = options;
    this.#options = options;
    this.#inForce = inForce;
    this.#lastGood = inForce;
    this.#reader = new ConfigReader(source, logger);
    this.#report = new ConfigReport(logger, audit, source.file);
    this.#watch = new FileWatch({ files: [source.file], onChange: () => this.#onFileChange() });
  }

  /** The configuration the parts run with. */
  get inForce(): GatewayConfig {
    return this.#inForce;
  }
  /** Keys the file says otherwise than they are in force, as they need a restart. */
  get restartRequired(): readonly string[] {
    return this.#restartRequired.map(({ path }) => path);
  }
  /** Why the file is not in force, in whole sentences; empty when it is. */
  get problems(): readonly string[] {
    return this.#problems.map(({ message }) => message);
  }

  /** Watches from now on; what changed since this was made is noticed. */
  start(): void {
    this.#isRunning = true;
    this.#watch.start();
    this.#onFileChange();
  }

  /** Resolves when nothing is being applied any more. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#watch.stop();
    clearInterval(this.#looking);
    await this.#work;
  }

  /** Reads the file again and applies what changed. Never rejects. One that still waits for its turn serves later wishes too. */
  reload(cause: ReloadCause): Promise<void> {
    if (this.#isAsked || !this.#isRunning) return this.#work;
    this.#isAsked = true;
    return this.#then(() => {
      this.#isAsked = false;
      return this.#reload(cause);
    });
  }

  /** Does something behind all that is being done, unless it is over by then. */
  #then(work: () => Promise<void>): Promise<void> {
    const fault = (error: unknown): void =>
      this.#options.logger.error({ err: error }, 'fault while the configuration changed');
    this.#work = this.#work.then(() => (this.#isRunning ? work() : undefined)).catch(fault);
    return this.#work;
  }

  /** Something about the file is different; that may be its time alone. */
  #onFileChange(): void {
    if (this.#inForce.reload.watch && this.#reader.isChanged()) void this.reload('file');
  }

  async #reload(cause: ReloadCause): Promise<void> {
    const { apply, monotonic, isReady } = this.#options;
    const wanted = await this.#reader.read();
    if ('problems' in wanted) return this.#refuse(cause, wanted.problems);
    const previous = this.#inForce;
    const changes = configChanges(gatewaySchema, previous, wanted.config);
    const live = changes.filter((change) => change.live !== false);
    const next = withLiveValues(gatewaySchema, previous, wanted.config);
    const startMs = monotonic();
    const wasReady = this.#trial.isWatching || this.#failed !== undefined || isReady();
    try {
      if (live.length > 0) await apply(next, previous);
    } catch (error) {
      return this.#refuse(cause, [{ path: '', message: (error as Error).message }]);
    }
    const restart = changes.filter((change) => change.live === false);
    const isNews = live.length > 0 || differ(restart, this.#restartRequired) || this.#problems.length > 0;
    this.#inForce = next;
    this.#restartRequired = restart;
    this.#problems = [];
    this.#reader.tellWarnings(wanted);
    if (!isNews) return this.#unchanged(cause);
    this.outcomes.applied++;
    this.#report.applied(cause, live, restart, monotonic() - startMs);
    if (live.length > 0) this.#beginTrial(wasReady);
  }

  #refuse(cause: ReloadCause, problems: readonly ConfigProblem[]): void {
    this.outcomes.refused++;
    this.#problems = problems;
    this.#report.refused(cause, problems);
  }

  #unchanged(cause: ReloadCause): void {
    this.outcomes.unchanged++;
    this.#report.unchanged(cause);
  }

  #beginTrial(wasReady: boolean): void {
    this.#trial.begin(this.#options.monotonic(), wasReady, this.#inForce.reload.rollbackSeconds * 1000);
    // Without a trial there is nothing to return to but what is in force now.
    if (!this.#trial.isWatching) this.#lastGood = this.#inForce;
    else this.#looking ??= setInterval(() => this.#lookAtTrial(), lookMs).unref();
  }

  #lookAtTrial(): void {
    const { monotonic, isReady } = this.#options;
    const verdict = this.#trial.look(monotonic(), isReady());
    if (verdict === undefined) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
    if (verdict === 'passed') {
      this.#lastGood = this.#inForce;
      this.#report.passed();
    } else {
      const failed = (this.#failed = this.#inForce);
      void this.#then(() => this.#rollBack(failed));
    }
  }

  /** What is in the file stays refused until it changes, or somebody asks for it again. */
  async #rollBack(failed: GatewayConfig): Promise<void> {
    this.#failed = undefined;
    // A newer one was applied meanwhile, and is on trial itself.
    if (this.#inForce !== failed) return;
    const undone = configChanges(gatewaySchema, failed, this.#lastGood);
    try {
      await this.#options.apply(this.#lastGood, failed);
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the last good configuration could not be put in force');
      return;
    }
    this.#inForce = this.#lastGood;
    this.outcomes['rolled-back']++;
    this.#problems = [{ path: '', message: 'the node lost its readiness when this was in force' }];
    this.#report.rolledBack(undone);
  }
}

function differ(some: readonly ConfigChange[], others: readonly ConfigChange[]): boolean {
  const texts = (changes: readonly ConfigChange[]): string => JSON.stringify(changes);
  return texts(some) !== texts(others);
}
