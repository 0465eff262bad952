import { countOf } from '@tributary/backplane';
import { thresholds } from './thresholds.ts';

/** An id whose connections take over from each other. */
export interface DuplicateId {
  id: string;
  /** Within the last ten minutes. */
  takeovers: number;
  /** Hosts they came from, without ports. */
  addresses: string[];
  /** Unix ms. */
  lastAt: number;
}

const { withinMs } = thresholds.duplicateId;
const maxIds = 2000;
const maxTimes = 100;
const maxAddresses = 8;

interface Taken {
  times: number[];
  addresses: Map<string, number>;
}

/** Takeovers of the last ten minutes, by id. Of too many ids, those that have been quiet longest are forgotten. */
export class Takeovers {
  readonly #ids = new Map<string, Taken>();

  /** An entry of an event stream; all but takeovers are none of its business. */
  onEvent(fields: ReadonlyMap<string, string>): void {
    const id = fields.get('device') ?? '';
    if (fields.get('type') !== 'superseded' || id === '') return;
    const at = countOf(fields.get('ts'));
    const taken = this.#ids.get(id) ?? { times: [], addresses: new Map<string, number>() };
    taken.times.push(at);
    if (taken.times.length > maxTimes) taken.times.shift();
    taken.addresses.set(hostOf(fields.get('address') ?? ''), at);
    dropOldest(taken.addresses, maxAddresses);
    this.#ids.delete(id);
    this.#ids.set(id, taken);
    dropOldest(this.#ids, maxIds);
  }

  /** Ids taken over at least twice, most often first. @param now Unix ms */
  duplicates(now: number): DuplicateId[] {
    const since = now - withinMs;
    const found: DuplicateId[] = [];
    for (const [id, { times, addresses }] of this.#ids) {
      const recent = times.filter((at) => at > since);
      if (recent.length === 0) this.#ids.delete(id);
      if (recent.length < thresholds.duplicateId.keep) continue;
      const hosts = [...addresses].filter(([, at]) => at > since).map(([host]) => host);
      found.push({ id, takeovers: recent.length, addresses: hosts.toSorted(), lastAt: recent.at(-1)! });
    }
    return found.sort((a, b) => b.takeovers - a.takeovers || (a.id < b.id ? -1 : 1));
  }
}

/** `10.0.0.1:5000` and `[::1]:5000` without the port, which is new with every connection. */
function hostOf(address: string): string {
  return address.replace(/:\d{1,5}$/, '').slice(0, 128);
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  const oldest = map.keys().next();
  if (map.size > most && oldest.done !== true) map.delete(oldest.value);
}
