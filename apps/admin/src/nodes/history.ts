import type { HistoryPoint } from '@tributary/protocol/admin-api';
import type { NodeStats, StatsPoint } from './node-stats.ts';

const stepMs = 1000;
/** A node's figures stand for this long after it reported them; then it adds nothing. */
const holdMs = 3500;

/**
 * The fleet's last minutes, one point a second: for each second, the sum of what every node had last reported by then.
 * @param fromMs exclusive, untilMs inclusive; Unix ms by Redis' clock.
 */
export function fleetHistory(nodes: Iterable<NodeStats>, fromMs: number, untilMs: number): HistoryPoint[] {
  const first = Math.floor(fromMs / stepMs) + 1;
  const last = Math.floor(untilMs / stepMs);
  const history: HistoryPoint[] = [];
  for (let step = first; step <= last; step++) history.push([step * stepMs, 0, 0, 0]);
  for (const { points } of nodes) addNode(history, points);
  return history;
}

/** The newest moment any node has reported, by Redis' clock; 0 when none has. */
export function newestMoment(nodes: Iterable<NodeStats>): number {
  let newest = 0;
  for (const { points } of nodes) newest = Math.max(newest, points.at(-1)?.at ?? 0);
  return newest;
}

function addNode(history: HistoryPoint[], points: readonly StatsPoint[]): void {
  let next = 0;
  for (const sum of history) {
    while (next < points.length && points[next]!.at <= sum[0]) next++;
    const point = points[next - 1];
    if (point === undefined || sum[0] - point.at > holdMs) continue;
    sum[1] += point.connections;
    sum[2] += point.messagesIn;
    sum[3] += point.stored;
  }
}
