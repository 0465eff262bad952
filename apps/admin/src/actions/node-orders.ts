import { listNodes, sendControls, type Keys, type NodeIdentity } from '@tributary/backplane';
import type { Operation } from '@tributary/protocol/admin-api';
import { ask } from '../redis/ask.ts';
import type { OperationFacts, RunningOperation } from './operation.ts';
import type { ActionParts } from './parts.ts';

export interface NodeOrder<T> {
  readonly type: 'bans-changed' | 'traces-changed' | 'credentials-changed';
  /** Changes what the nodes act by. Throws when it did not, or when nobody knows. */
  readonly change: (keys: Keys) => Promise<T>;
  /** What the operation is called. */
  readonly facts: Omit<OperationFacts, 'id' | 'at' | 'total'>;
  readonly onEnded?: ((operation: Operation) => void) | undefined;
}

const lateWords = 'in force, but Redis stopped answering: nodes act by it within 15 s of its return';

/**
 * Changes bans, traces or credentials, tells every node, and opens the operation that awaits their answers. Once the change
 * is in force this never fails: nodes that could not be told read it by themselves, and count as unanswered until then.
 * @throws HttpProblem of the change; 503 when Redis is away before it
 */
export async function orderNodes<T>(
  { type, change, facts, onEnded }: NodeOrder<T>,
  parts: ActionParts,
): Promise<{ changed: T; operation: Operation }> {
  const { store, book, clock } = parts;
  const keys = await parts.keys();
  const before = await ask(store, (redis) => listNodes(redis, keys));
  const changed = await change(keys);
  // Again: who came meanwhile may have read too early.
  const nodes = await ask(store, (redis) => listNodes(redis, keys)).catch(() => before);
  const operation = book.open({ ...facts, total: nodes.length }, onEnded);
  for (const { node } of nodes) operation.asked(node, clock.monotonic());
  // With no node up there is nobody to wait for: whoever starts reads it.
  operation.endIfEmpty(clock.now());
  await tell(type, operation, nodes, keys, parts);
  return { changed, operation: operation.view() };
}

async function tell(
  type: NodeOrder<unknown>['type'],
  operation: RunningOperation,
  nodes: readonly NodeIdentity[],
  keys: Keys,
  { store, logger }: ActionParts,
): Promise<void> {
  const op = operation.facts.id;
  const messages = nodes.map(({ node }) => ({ to: node, message: { type, op } as const }));
  try {
    await ask(store, (redis) => sendControls(redis, keys, messages));
  } catch (error) {
    operation.remark(lateWords);
    logger.warn({ err: error, operation: op }, 'nodes could not be told of a change');
  }
}
