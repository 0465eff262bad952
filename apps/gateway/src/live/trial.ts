/** How a configuration that was just applied does: it is on trial until the node has stayed ready for a while with it. */
export type TrialState =
  | { readonly name: 'idle' }
  | { readonly name: 'watching'; readonly untilMs: number; readonly unreadySinceMs: number | undefined };

export type TrialEnd = 'passed' | 'failed';

/**
 * How long a node must be without readiness before its new configuration is blamed, ms. Shorter breaks, such as a connection
 * to Redis that is made anew, happen by themselves.
 */
export const patienceMs = 1000;

const idle: TrialState = { name: 'idle' };

/** Watches the node after a change of its configuration. Times are monotonic ms. */
export class Trial {
  #state: TrialState = idle;

  get isWatching(): boolean {
    return this.#state.name === 'watching';
  }

  /**
   * A configuration was applied. A node that was not ready before cannot lose it: then there is no trial.
   * @param lengthMs 0: no trial
   */
  begin(nowMs: number, wasReady: boolean, lengthMs: number): void {
    const isTried = wasReady && lengthMs > 0;
    this.#state = isTried ? { name: 'watching', untilMs: nowMs + lengthMs, unreadySinceMs: undefined } : idle;
  }

  /** Takes a look at the node; answers once what came of the trial. */
  look(nowMs: number, isReady: boolean): TrialEnd | undefined {
    const state = this.#state;
    if (state.name === 'idle') return undefined;
    if (!isReady) return this.#lookAtUnready(state, nowMs);
    // What began within the trial is waited for, also beyond its end.
    this.#state = { ...state, unreadySinceMs: undefined };
    return nowMs >= state.untilMs ? this.#end('passed') : undefined;
  }

  /** Another configuration is in force: nothing is on trial any more. */
  cancel(): void {
    this.#state = idle;
  }

  #lookAtUnready(state: TrialState & { name: 'watching' }, nowMs: number): TrialEnd | undefined {
    const sinceMs = state.unreadySinceMs ?? nowMs;
    if (sinceMs > state.untilMs) return this.#end('passed');
    this.#state = { ...state, unreadySinceMs: sinceMs };
    return nowMs - sinceMs >= patienceMs ? this.#end('failed') : undefined;
  }

  #end(verdict: TrialEnd): TrialEnd {
    this.#state = idle;
    return verdict;
  }
}
