import type { Case, Step } from './case.ts';

/**
 * What can be taken from a case and leaves one: all the bytes of a packet, with what its connection waits for behind them.
 * A wait without its question would be a hang of its own.
 */
export interface Move {
  /** Which of the cases. */
  readonly at: number;
  readonly steps: ReadonlySet<Step>;
}

/** The moves of some cases, in order. */
export const movesOf = (cases: readonly Case[]): Move[] =>
  cases.flatMap(({ steps }, at) => groupsOf(steps).map((group) => ({ at, steps: new Set(group) })));

function groupsOf(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  const current = new Map<number, Step[]>();
  for (const step of steps) {
    const group = current.get(step.on);
    const before = group?.findLast((each) => each.do === 'send');
    const isFirst = step.do === 'send' && before?.isPart !== true;
    if (group !== undefined && !isFirst) group.push(step);
    else {
      const begun = [step];
      groups.push(begun);
      current.set(step.on, begun);
    }
  }
  return groups;
}

/** The cases with only these moves, without cases and connections that have none. */
export function casesOf(cases: readonly Case[], kept: readonly Move[]): Case[] {
  return cases.flatMap(({ name, plans, steps }, at) => {
    const moves = kept.filter((move) => move.at === at);
    const rest = steps.filter((step) => moves.some((move) => move.steps.has(step)));
    const used = [...new Set(rest.map(({ on }) => on))].toSorted((a, b) => a - b);
    if (used.length === 0) return [];
    return [{ name, plans: used.map((on) => plans[on]!), steps: renumbered(rest, used) }];
  });
}

/** Connections count from 0 again, and pings from 1. */
function renumbered(steps: readonly Step[], used: readonly number[]): Step[] {
  const pings = used.map(() => 0);
  return steps.map((step) => {
    const on = used.indexOf(step.on);
    return step.do === 'ponged' ? { ...step, on, count: ++pings[on]! } : { ...step, on };
  });
}
