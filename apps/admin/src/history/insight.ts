import { Keys, type Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import { historyRoutes } from '../api/history.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { App } from '../http/app.ts';
import { FleetHistory } from './fleet-history.ts';
import { MarkLog } from './marks.ts';
import { Yesterday } from './yesterday.ts';

export interface InsightParts {
  fleet: Fleet;
  /** For short commands; shared with everybody else. */
  store: Store;
  clock: Clock;
  namespace: string;
}

/** Everything over time and of every page but the list: history, nodes, streams, problems, the page of a device. */
export class Insight {
  readonly #history: FleetHistory;
  readonly #yesterday: Yesterday;

  constructor({ fleet, store, clock, namespace }: InsightParts) {
    // Roll-ups and alarms have no partition.
    const keys = new Keys(namespace, 1);
    const marks = new MarkLog();
    this.#history = new FleetHistory({ store, keys, clock, marks, nodes: () => fleet.nodes.living() });
    this.#yesterday = new Yesterday({ store, keys, clock });
  }

  /** As of a day ago; null while it is not known. */
  goodShareYesterday(): number | null {
    return this.#yesterday.goodShare();
  }

  routes(app: App): void {
    historyRoutes(app, this.#history);
  }
}
