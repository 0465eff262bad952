import { Keys, type Store } from '@tributary/backplane';
import type { DeviceDetail, Group } from '@tributary/protocol/admin-api';
import type { Clock, Logger } from '@tributary/runtime';
import { devicePageRoutes } from './api/device-pages.ts';
import { historyRoutes } from './api/history.ts';
import { problemRoutes } from './api/problems.ts';
import { streamRoutes } from './api/streams.ts';
import { DeviceStory } from './devices/device-story.ts';
import { WatchedDevices } from './devices/watched-devices.ts';
import type { Fleet } from './fleet/fleet.ts';
import { worstGroups } from './fleet/query/worst-groups.ts';
import type { App } from './http/app.ts';
import type { CertificateState } from './http/own-certificate.ts';
import type { ChannelMakers } from './live/channel.ts';
import { DeviceChannel } from './live/device-channel.ts';
import { ProblemsChannel } from './live/problems-channel.ts';
import { StreamsChannel } from './live/streams-channel.ts';
import { ProblemWatch } from './problems/problem-watch.ts';
import { StreamWatch } from './streams/stream-watch.ts';
import { FleetHistory } from './history/fleet-history.ts';
import { MarkLog } from './history/marks.ts';
import { Yesterday } from './history/yesterday.ts';

export interface InsightParts {
  fleet: Fleet;
  /** For short commands; shared with everybody else. */
  store: Store;
  clock: Clock;
  logger: Logger;
  namespace: string;
  /** How the certificate of this admin stands; null without one. */
  ownCertificate: () => CertificateState | null;
}

/** Of which those that are one cause, and bad enough, are alarms. */
const groupsCompared = 20;

/** Everything over time and of every page but the list: history, nodes, streams, problems, the page of a device. */
export class Insight {
  readonly #fleet: Fleet;
  readonly #history: FleetHistory;
  readonly #watched: WatchedDevices;
  readonly #story: DeviceStory;
  readonly #streams: StreamWatch;
  readonly #problems: ProblemWatch;

  constructor({ fleet, store, clock, logger, namespace, ownCertificate }: InsightParts) {
    this.#fleet = fleet;
    // Roll-ups and alarms have no partition; what has one waits for a gateway to say how many there are.
    const flat = new Keys(namespace, 1);
    const keys = (): Keys | undefined => fleet.keys;
    const marks = new MarkLog();
    const nodes = (): string[] => fleet.nodes.living();
    this.#history = new FleetHistory({ store, keys: flat, clock, marks, nodes });
    const yesterday = new Yesterday({ store, keys: flat, clock });
    fleet.goodShareYesterday = () => yesterday.goodShare();
    this.#watched = new WatchedDevices({ store, keys, clock, detailOf: this.#detailOf });
    this.#story = new DeviceStory({ store, keys, clock, watched: this.#watched, detailOf: this.#detailOf });
    this.#streams = new StreamWatch({ store, clock, fleet });
    const streams = this.#streams;
    const groups = { conditions: [], limit: groupsCompared };
    const worst = (): Promise<Group[]> => worstGroups(fleet.index, groups, fleet.moment());
    this.#problems = new ProblemWatch({
      fleet,
      streams,
      marks,
      store,
      keys: flat,
      clock,
      logger,
      worstGroups: worst,
      ownCertificate,
    });
    fleet.onEvent = (_id, fields) => this.#problems.onEvent(fields);
    fleet.alarmCounts = () => this.#problems.counts();
  }

  makers(): ChannelMakers {
    return {
      device: { everyMs: 1000, open: ({ id }) => new DeviceChannel(id, this.#watched, this.#detailOf) },
      streams: { everyMs: 1000, open: () => new StreamsChannel(this.#streams) },
      problems: { everyMs: 1000, open: () => new ProblemsChannel(this.#problems) },
    };
  }

  routes(app: App): void {
    historyRoutes(app, this.#history);
    devicePageRoutes(app, this.#story);
    streamRoutes(app, this.#streams);
    problemRoutes(app, this.#problems, this.#fleet.clock);
  }

  start(): void {
    this.#streams.start();
    this.#problems.start();
  }

  /** Idempotent. */
  stop(): void {
    this.#watched.stop();
    this.#streams.stop();
    this.#problems.stop();
  }

  readonly #detailOf = (id: string): DeviceDetail | undefined => {
    const { index, clock } = this.#fleet;
    const slot = index.slotOf(id);
    return slot === undefined ? undefined : index.detail(slot, clock.now(), clock.monotonic());
  };
}
