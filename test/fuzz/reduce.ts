import type { Case } from './case.ts';
import { Failure, type FailureKind } from './failure.ts';
import { casesOf, movesOf } from './moves.ts';
import { Rig, type RigOptions } from './rig.ts';
import { shrink } from './shrink.ts';

/** Kinds that show only when everybody has left. */
const atTheEnd: ReadonlySet<FailureKind> = new Set(['gauge', 'leftover', 'memory']);

/** Plays cases on a new node, looks at what stays behind them, stops it, and answers the first failure. */
export async function replay(cases: readonly Case[], options: RigOptions): Promise<Failure | undefined> {
  let rig: Rig | undefined;
  try {
    rig = await Rig.start(options);
    for (const one of cases) await rig.play(one);
    await rig.settle();
    await rig.stop();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  } finally {
    await rig?.kill();
  }
}

/**
 * The fewest cases and packets found that fail in the same way on a new node, within a time; undefined when none of the
 * suspects does. The last suspect is where the failure showed.
 */
export async function reduce(
  suspects: readonly Case[],
  failure: Failure,
  options: RigOptions,
  forMs: number,
): Promise<readonly Case[] | undefined> {
  const end = performance.now() + forMs;
  const isTimeUp = (): boolean => performance.now() > end;
  const trial = new Trial(failure, options);
  const fails = (cases: readonly Case[]): Promise<boolean> => trial.fails(cases);
  try {
    const guilty = await smallestTail(suspects, fails, isTimeUp);
    if (guilty === undefined) return undefined;
    const cases = await shrink(guilty, fails, isTimeUp);
    const moves = await shrink(movesOf(cases), (some) => fails(casesOf(cases, some)), isTimeUp);
    return casesOf(cases, moves);
  } finally {
    await trial.end();
  }
}

async function smallestTail(
  suspects: readonly Case[],
  fails: (cases: readonly Case[]) => Promise<boolean>,
  isTimeUp: () => boolean,
): Promise<readonly Case[] | undefined> {
  for (const count of [1, 10, 100, suspects.length]) {
    if (isTimeUp()) return undefined;
    const tail = suspects.slice(-count);
    if (await fails(tail)) return tail;
    if (count >= suspects.length) return undefined;
  }
  return undefined;
}

/** Asks again and again whether cases fail. A node that withstood some serves for the next; a failure counts on a new one. */
class Trial {
  readonly #failure: Failure;
  readonly #options: RigOptions;
  #rig: Rig | undefined;

  constructor(failure: Failure, options: RigOptions) {
    this.#failure = failure;
    this.#options = options;
  }

  async fails(cases: readonly Case[]): Promise<boolean> {
    const wasNew = this.#rig === undefined;
    if (!(await this.#failsHere(cases))) return false;
    return wasNew || this.#failsHere(cases);
  }

  async end(): Promise<void> {
    await this.#rig?.kill();
    this.#rig = undefined;
  }

  async #failsHere(cases: readonly Case[]): Promise<boolean> {
    this.#rig ??= await Rig.start(this.#options);
    try {
      for (const one of cases) await this.#rig.play(one);
      if (atTheEnd.has(this.#failure.kind)) await this.#rig.settle();
      return false;
    } catch (error) {
      await this.end();
      if (!(error instanceof Failure)) throw error;
      return error.sign === this.#failure.sign;
    }
  }
}
