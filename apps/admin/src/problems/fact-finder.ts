import type { Group, Problems } from '@tributary/protocol/admin-api';
import type { Clock, Logger } from '@tributary/runtime';
import type { Fleet } from '../fleet/fleet.ts';
import type { CertificateState } from '../http/own-certificate.ts';
import type { StreamWatch } from '../streams/stream-watch.ts';
import type { Facts } from './facts.ts';
import { LastReasons } from './last-reasons.ts';
import { RefusedLog } from './refused-log.ts';
import { Takeovers } from './takeovers.ts';
import { thresholds } from './thresholds.ts';
import { troubledDevices, type TroubledDevices } from './troubled-devices.ts';

export interface FactParts {
  fleet: Fleet;
  streams: StreamWatch;
  clock: Clock;
  logger: Logger;
  /** How the certificate of this admin stands; null without one. */
  ownCertificate: () => CertificateState | null;
  /** The groups of devices that are worse than the rest, worst first; costs something. */
  worstGroups: () => Promise<readonly Group[]>;
}

const groupsEveryMs = 15_000;
const maxDuplicateRows = 50;
const nobody: TroubledDevices = {
  ...{ connected: 0, flappingCount: 0, flapping: [], slow: [], zombies: [] },
};

/** Gathers what the rules look at and what the page lists. */
export class FactFinder {
  readonly #parts: FactParts;
  readonly #takeovers = new Takeovers();
  readonly #reasons = new LastReasons();
  readonly #refused = new RefusedLog();
  #troubled = nobody;
  #groups: readonly Group[] = [];
  #groupsAt = Number.NEGATIVE_INFINITY;

  constructor(parts: FactParts) {
    this.#parts = parts;
    parts.fleet.nodes.onRefusals = (refusals, at) => this.#refused.add(refusals, at);
  }

  /** An entry of an event stream. */
  onEvent(fields: ReadonlyMap<string, string>): void {
    this.#takeovers.onEvent(fields);
    this.#reasons.onEvent(fields);
  }

  /** How everything is now. */
  facts(): Facts {
    const { fleet, streams, clock } = this.#parts;
    const [now, at] = [clock.now(), clock.monotonic()];
    this.#troubled = troubledDevices(fleet.index, now);
    if (at - this.#groupsAt >= groupsEveryMs) void this.#compareGroups(at);
    return {
      now,
      redis: fleet.redis.state,
      nodes: fleet.nodes.views(at),
      quality: fleet.index.quality(at),
      groups: this.#groups,
      duplicates: this.#takeovers.duplicates(now),
      connected: this.#troubled.connected,
      flapping: this.#troubled.flappingCount,
      refused: this.#refused.byReason(now, thresholds.refusedConnects.withinMs),
      consumers: streams.groups(),
      furthest: streams.furthest(),
      streamMaxLength: fleet.nodes.streamMaxLength(),
      memoryShare: memoryShare(streams.redis),
      ownCertificate: this.#parts.ownCertificate(),
    };
  }

  /** What the page lists beside the alarms. @param now Unix ms */
  lists(now: number): Omit<Problems, 'alarms' | 'at'> {
    const { flapping, slow, zombies } = this.#troubled;
    return {
      duplicates: this.#takeovers.duplicates(now).slice(0, maxDuplicateRows),
      flapping: flapping.map((row) => ({ ...row, reason: row.reason || this.#reasons.of(row.id) })),
      slow,
      zombies,
      refused: this.#refused.rows(now),
    };
  }

  /** What is found counts from the next time on. */
  async #compareGroups(at: number): Promise<void> {
    this.#groupsAt = at;
    try {
      this.#groups = await this.#parts.worstGroups();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'groups of devices were not compared');
    }
  }
}

function memoryShare(redis: StreamWatch['redis']): number | null {
  if (redis === null || redis.maxMemoryBytes === 0) return null;
  return redis.usedMemoryBytes / redis.maxMemoryBytes;
}
