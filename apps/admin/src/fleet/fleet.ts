import type { Keys } from '@tributary/backplane';
import type { Fleet as FleetSummary, HistoryPoint } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { fleetHistory, newestMoment } from '../nodes/history.ts';
import { NodeRegistry } from '../nodes/node-registry.ts';
import { FleetIndex } from './fleet-index.ts';
import type { Moment } from './query/condition.ts';
import { DeviceGroups } from './query/device-groups.ts';
import { DeviceLists } from './query/list-devices.ts';

const historyMs = 600_000;
// Summaries are shared by all viewers and requests that come within one of these.
const summaryHoldMs = 200;

/** Everything the admin knows, as of now. Written by `FleetSync`, read by the API and the live feed. */
export class Fleet {
  readonly nodes = new NodeRegistry();
  lists = new DeviceLists();
  groups = new DeviceGroups();
  index: FleetIndex;
  phase: FleetSummary['phase'] = 'waiting';
  redis: FleetSummary['redis'] = { state: 'connecting', asOf: 0 };
  /** Undefined while no gateway has ever used the namespace. */
  keys: Keys | undefined;
  /** Told of every entry of the event streams, once the index has it. */
  onEvent: ((entryId: string, fields: ReadonlyMap<string, string>) => void) | undefined;
  /** What the summary says of a day ago and of open alarms; null and none while nobody knows. */
  goodShareYesterday: () => number | null = () => null;
  alarmCounts: () => FleetSummary['alarms'] = () => ({ critical: 0, warning: 0 });
  readonly clock: Clock;
  #generation = 0;
  #summary: { at: number; value: FleetSummary } | undefined;

  constructor(clock: Clock, limits: { maxDevices: number }) {
    this.clock = clock;
    this.index = new FleetIndex(limits);
  }

  /** Now, for a question to the index. */
  moment(): Moment {
    return { nowMs: this.clock.now(), at: this.clock.monotonic() };
  }

  /** Puts a freshly read index in the place of the old one. */
  replaceIndex(index: FleetIndex): void {
    this.#generation += this.index.revision + 1;
    index.inheritSparks(this.index);
    this.index = index;
    // What was made of the old one would keep it in memory.
    this.lists = new DeviceLists();
    this.groups = new DeviceGroups();
    index.setSilent((node) => this.nodes.isSilent(node));
  }

  summary(): FleetSummary {
    const at = this.clock.monotonic();
    if (this.#summary === undefined || at - this.#summary.at >= summaryHoldMs) {
      this.#summary = { at, value: this.#summarize(at) };
    }
    return { ...this.#summary.value, phase: this.phase, redis: this.redis };
  }

  /** The last ten minutes, or what came after `sinceMs` (Redis' clock, Unix ms). */
  history(sinceMs = 0): HistoryPoint[] {
    const untilMs = newestMoment(this.nodes.stats());
    return fleetHistory(this.nodes.stats(), Math.max(sinceMs, untilMs - historyMs), untilMs);
  }

  #summarize(at: number): FleetSummary {
    const nodes = this.nodes.views(at);
    const rates = { messagesIn: 0, stored: 0, bytesIn: 0 };
    for (const { figures } of nodes) {
      rates.messagesIn += figures?.messagesIn ?? 0;
      rates.stored += figures?.stored ?? 0;
      rates.bytesIn += figures?.bytesIn ?? 0;
    }
    return {
      phase: this.phase,
      redis: this.redis,
      devices: {
        total: this.index.size,
        ...this.index.countStates(this.clock.now()),
        isFull: this.index.isFull,
      },
      nodes: {
        total: nodes.length,
        ready: nodes.filter((node) => node.state === 'ready').length,
        silent: nodes.filter((node) => node.state === 'silent' || node.state === 'lost').length,
      },
      rates,
      quality: this.#quality(at),
      alarms: this.alarmCounts(),
      revision: this.#generation + this.index.revision,
    };
  }
  #quality(at: number): FleetSummary['quality'] {
    const { bands, p5, goodShare, lost } = this.index.quality(at);
    return { bands, p5, goodShare, goodShareYesterday: this.goodShareYesterday(), lost };
  }
}
