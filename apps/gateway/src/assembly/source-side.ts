import type { CloseReason } from '@tributary/protocol';
import { Sources } from '../admission/sources/sources.ts';
import { SourceVisit } from '../admission/sources/source-visit.ts';
import type { ThrottleNote } from '../admission/throttle-note.ts';
import type { GatewayConfig } from '../config/config.ts';
import type { Operations } from '../operations/operations.ts';
import type { Ground } from './ground.ts';

/** Counts where connections come from, and tells whoever counts limits of those that were met. */
export function buildSources({ sources }: GatewayConfig, { monotonic, throttling }: Ground): Sources {
  return new Sources(sources, monotonic, (note, address) => throttling.note(note, { address }));
}

/** Asks whether a connection may come in: who is banned costs nothing more, then what its source has open already counts. */
export function enter(
  { operations, sources }: { readonly operations: Operations; readonly sources: Sources },
  address: string,
  listener: string,
  isSecuring: boolean,
): SourceVisit | undefined {
  if (!operations.mayEnter(address, listener)) return undefined;
  const answer = sources.enter(address, isSecuring);
  if (answer instanceof SourceVisit) return answer;
  operations.turnedAway(reasonOf(answer), address, listener);
  return undefined;
}

function reasonOf({ scope, reason }: ThrottleNote): CloseReason {
  if (scope === 'node') return 'server-busy';
  return reason === 'connection-rate' ? 'rate-exceeded' : 'quota-exceeded';
}
