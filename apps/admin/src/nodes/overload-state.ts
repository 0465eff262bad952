import { countOf } from '@tributary/backplane';
import { type NodeView, overloadSignals, overloadSteps } from '@tributary/protocol/admin-api';

export type OverloadState = NonNullable<NodeView['figures']>['overload'];

/** What a node's figures say of its overload ladder; nodes of older versions say nothing, and stand at the bottom. */
export function parseOverload(fields: ReadonlyMap<string, string>): OverloadState {
  const step = overloadSteps.find((name) => name === fields.get('overloadStep')) ?? 'normal';
  const reason = overloadSignals.find((name) => name === fields.get('overloadReason')) ?? null;
  const devices = countOf(fields.get('overloadDevices'));
  return { step, reason, isObserved: fields.get('overloadObserved') === '1', devices };
}
