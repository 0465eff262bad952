import type { ConfigChange, ConfigProblem, Logger } from '@tributary/runtime';
import type { Audit } from '../audit/audit-event.ts';

/** Why the configuration was read again. */
export type ReloadCause = 'file' | 'signal';

const mostTold = 50;
const longestDetail = 2000;

/** Says in the log and in the audit what became of a changed configuration. Texts of changes hold no secret. */
export class ConfigReport {
  readonly #logger: Logger;
  readonly #audit: Audit;
  readonly #file: string;

  constructor(logger: Logger, audit: Audit, file: string) {
    this.#logger = logger;
    this.#audit = audit;
    this.#file = file;
  }

  applied(
    cause: ReloadCause,
    live: readonly ConfigChange[],
    forRestart: readonly ConfigChange[],
    tookMs: number,
  ): void {
    const changes = textsOf(live);
    const restartRequired = textsOf(forRestart);
    const facts = { file: this.#file, cause, changes, restartRequired, tookMs: Math.round(tookMs) };
    this.#logger.info(facts, 'the configuration changed');
    if (forRestart.length > 0)
      this.#logger.warn(
        { keys: pathsOf(forRestart) },
        'some keys of the configuration take effect after a restart',
      );
    const after = restartRequired.map((text) => `after a restart: ${text}`);
    this.#say('success', 'applied', [...changes, ...after]);
  }

  unchanged(cause: ReloadCause): void {
    this.#logger.info({ file: this.#file, cause }, 'the configuration was read again: nothing in it changed');
  }

  refused(cause: ReloadCause, problems: readonly ConfigProblem[]): void {
    const messages = problems.slice(0, mostTold).map(({ message }) => message);
    this.#logger.error(
      { file: this.#file, cause, problems: messages },
      'the changed configuration is refused; the one in force stays',
    );
    this.#say('failure', 'refused', messages);
  }

  rolledBack(undone: readonly ConfigChange[]): void {
    const changes = textsOf(undone);
    this.#logger.error(
      { file: this.#file, changes },
      'the node lost its readiness behind a change of its configuration: the last good one is in force again',
    );
    this.#say('failure', 'rolled-back', changes);
  }

  passed(): void {
    this.#logger.info('the node stayed ready with its changed configuration');
  }

  #say(outcome: 'success' | 'failure', reason: string, details: readonly string[]): void {
    const detail = details.join('; ').slice(0, longestDetail);
    this.#audit.say({ kind: 'configuration', outcome, reason, detail });
  }
}

function pathsOf(changes: readonly ConfigChange[]): string[] {
  return changes.slice(0, mostTold).map(({ path }) => path);
}

function textsOf(changes: readonly ConfigChange[]): string[] {
  const texts = changes
    .slice(0, mostTold)
    .map(({ path, from, to }) => `${path}: ${from ?? '(absent)'} → ${to ?? '(absent)'}`);
  const left = changes.length - texts.length;
  return left > 0 ? [...texts, `and ${left} more`] : texts;
}
