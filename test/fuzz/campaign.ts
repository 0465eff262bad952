import type { Case } from './case.ts';
import { Failure } from './failure.ts';
import { generate } from './generate.ts';
import { checkGrowth, type Memory } from './memory.ts';
import { Rig, type RigOptions } from './rig.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Number of the first case; default 0. */
  readonly from?: number;
  /** Most cases; default as many as fit. */
  readonly cases?: number;
  /** Time after which no further case is begun, ms. */
  readonly forMs: number;
  /** Cases between two looks at what has stayed, each of which takes some seconds; default 1000. */
  readonly casesBetweenLooks?: number;
  readonly onLook?: (cases: number, memory: Memory) => void;
  readonly isStopped?: () => boolean;
}

/** How a campaign went; with a failure, the cases that may have caused it, the one in which it showed last. */
export interface Outcome {
  readonly cases: number;
  readonly failure?: Failure;
  readonly suspects: readonly Case[];
  /** Last lines of the node's log. */
  readonly log: readonly string[];
}

/** Plays the cases of a seed, one after the other, until time is up or something fails. */
export async function campaign(options: CampaignOptions, rigOptions: RigOptions): Promise<Outcome> {
  const rig = await Rig.start(rigOptions);
  const run = new Run(rig, options);
  try {
    await run.playAll();
    await rig.stop();
    return { cases: run.count, suspects: [], log: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { cases: run.count, failure: error, suspects: run.suspects, log: rig.log.lately };
  } finally {
    await rig.kill();
  }
}

class Run {
  count = 0;
  /** Cases since the last look. */
  suspects: Case[] = [];
  readonly #rig: Rig;
  readonly #options: CampaignOptions;
  #warm: { readonly cases: number; readonly memory: Memory } | undefined;

  constructor(rig: Rig, options: CampaignOptions) {
    this.#rig = rig;
    this.#options = options;
  }

  async playAll(): Promise<void> {
    const { seed, from = 0, cases = Infinity, forMs, casesBetweenLooks = 1000 } = this.#options;
    const end = performance.now() + forMs;
    const isOver = (): boolean =>
      this.count >= cases || performance.now() > end || this.#options.isStopped?.() === true;
    while (!isOver()) {
      const one = generate(seed, from + this.count++);
      this.suspects.push(one);
      await this.#rig.play(one);
      if (this.suspects.length >= casesBetweenLooks) await this.#look();
    }
    if (this.suspects.length > 0) await this.#look();
  }

  /** The first look is the end of the warm-up: what stays on top of it must be little. */
  async #look(): Promise<void> {
    const memory = await this.#rig.settle();
    this.#options.onLook?.(this.count, memory);
    this.#warm ??= { cases: this.count, memory };
    checkGrowth(this.#warm.memory, memory, this.count - this.#warm.cases);
    this.suspects = [];
  }
}
