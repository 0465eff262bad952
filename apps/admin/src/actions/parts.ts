import type { Keys, Store } from '@tributary/backplane';
import type { Clock, Logger } from '@tributary/runtime';
import type { Fleet } from '../fleet/fleet.ts';
import type { Idempotency } from './idempotency.ts';
import type { OperationBook } from './operation-book.ts';

/** What actions need of the server. */
export interface ActionParts {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keys of this namespace with its partitions. @throws HttpProblem 409 `no-gateway-yet` before any gateway has started */
  readonly keys: () => Promise<Keys>;
  readonly book: OperationBook;
  readonly idempotency: Idempotency;
}
