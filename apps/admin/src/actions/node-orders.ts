import { listNodes, sendControls } from '@tributary/backplane';
import type { Operation } from '@tributary/protocol/admin-api';
import { ask } from '../redis/ask.ts';
import type { OperationFacts } from './operation.ts';
import type { ActionParts } from './parts.ts';

/**
 * Tells every node that bans, traces or credentials have changed, and opens the operation that awaits their answers.
 * @throws HttpProblem 503 when Redis does not take it
 */
export async function orderNodes(
  type: 'bans-changed' | 'traces-changed' | 'credentials-changed',
  facts: Omit<OperationFacts, 'id' | 'at' | 'total'>,
  parts: ActionParts,
  onEnded?: (operation: Operation) => void,
): Promise<Operation> {
  const { store, book, clock } = parts;
  const keys = await parts.keys();
  const nodes = await ask(store, (redis) => listNodes(redis, keys));
  const operation = book.open({ ...facts, total: nodes.length }, onEnded);
  const op = operation.facts.id;
  for (const { node } of nodes) operation.asked(node, clock.monotonic());
  // With no node up there is nobody to wait for: whoever starts reads it.
  operation.endIfEmpty(clock.now());
  const messages = nodes.map(({ node }) => ({ to: node, message: { type, op } as const }));
  await ask(store, (redis) => sendControls(redis, keys, messages));
  return operation.view();
}
