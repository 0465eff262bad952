import type { GatewayConfig } from '../config/config.ts';
import type { ConfigSource } from '../live/config-reader.ts';
import { LiveConfiguration } from '../live/live-configuration.ts';
import { registerConfigMetrics } from '../metrics/config.ts';
import { ListenerDrain } from '../session/listener-drain.ts';
import { changedSections, type IsChanged } from './changed-sections.ts';
import type { DeviceSide } from './device-side.ts';
import type { Ground } from './ground.ts';
import type { OperatorSide } from './operator-side.ts';
import type { StreamSide } from './stream-side.ts';

/** The sides of a node that take over changes of its configuration. */
export interface LiveSides {
  readonly ground: Ground;
  readonly stream: StreamSide;
  readonly operators: OperatorSide;
  readonly devices: DeviceSide;
}

/** The configuration of a running node: what is in force, and how it changes. */
export interface LiveSide {
  /** For the node's figures of each second: what is not in force of the file. */
  stats(): Readonly<Record<string, number | string>>;
  start(): void;
  /** Idempotent. */
  stop(): Promise<void>;
  /** Somebody asks to have the file read again, and files that others may have moved away opened anew. */
  reload(): void;
}

/** Of what is told about a refused file each second, characters. */
const longestTrouble = 300;

/** Builds it; nothing is watched yet. Without a `source`, a file, there is nothing to read again. */
export function buildLiveSide(
  config: GatewayConfig,
  sides: LiveSides,
  source: ConfigSource | undefined,
  isReady: () => boolean,
): LiveSide {
  const { ground, operators } = sides;
  if (source === undefined) return withoutFile(ground);
  const drain = new ListenerDrain(ground);
  const live = new LiveConfiguration({
    ...ground,
    source,
    inForce: config,
    isReady,
    apply: (next, previous) => applyTo(sides, drain, next, previous),
  });
  registerConfigMetrics(operators.metrics.registry, live);
  operators.ops.addPage('/config', () => ({
    file: source.file,
    inForce: live.problems.length === 0,
    problems: live.problems,
    restartRequired: live.restartRequired,
    reloads: live.outcomes,
  }));
  return {
    stats: () => statsOf(live),
    start: () => live.start(),
    stop: () => {
      drain.stop();
      return live.stop();
    },
    reload: () => {
      ground.audit.reopen();
      void live.reload('signal');
    },
  };
}

function withoutFile({ logger, audit }: Ground): LiveSide {
  return {
    stats: () => ({}),
    start: () => {},
    stop: () => Promise.resolve(),
    reload: () => {
      audit.reopen();
      logger.info('there is no configuration file that could be read again');
    },
  };
}

/** Told only while there is something to tell. */
function statsOf({ problems, restartRequired }: LiveConfiguration): Record<string, number | string> {
  const [first, ...others] = problems;
  const trouble =
    first === undefined ? '' : others.length === 0 ? first : `${first} (and ${others.length} more)`;
  return {
    ...(trouble === '' ? {} : { configTrouble: trouble.slice(0, longestTrouble) }),
    ...(restartRequired.length === 0 ? {} : { configWaiting: restartRequired.length }),
  };
}

/**
 * All in one go: new doors are opened first, as that alone can fail; then, in one turn of the loop, every part is told and the
 * doors are exchanged. @throws when a door cannot be had; nothing has changed then
 */
async function applyTo(
  sides: LiveSides,
  drain: ListenerDrain,
  next: GatewayConfig,
  previous: GatewayConfig,
): Promise<void> {
  const { ground, stream, devices } = sides;
  const doors = await devices.listeners.prepare(next.listeners);
  try {
    configureParts(sides, next, changedSections(previous, next));
  } catch (error) {
    // A file a part reads may have changed since it was checked.
    configureParts(sides, previous, changedSections(next, previous));
    await doors.undo();
    throw error;
  }
  const { removed, addresses } = doors.commit();
  for (const name of removed) drain.begin(name, next.reload.drainSeconds * 1000);
  if (!doors.isChange) return;
  ground.logger.info({ listeners: addresses, removed }, 'the listeners changed');
  // Not awaited: Redis may be away.
  void stream.node.announce(addresses).catch((error: unknown) => {
    ground.logger.warn({ err: error }, 'could not announce the listeners');
  });
}

/** Hands every part its slice, where that is another. None of them waits. */
function configureParts(sides: LiveSides, next: GatewayConfig, isChanged: IsChanged): void {
  for (const [sections, tell] of partsOf(sides)) if (isChanged(...sections)) tell(next);
  sides.devices.configure(next, isChanged);
}

type Part = readonly [sections: readonly (keyof GatewayConfig)[], tell: (next: GatewayConfig) => void];

/** Who is told of which sections. */
const partsOf = ({ ground, stream, operators }: LiveSides): readonly Part[] => [
  [['log'], (next) => (ground.logger.level = next.log.level)],
  [['audit'], (next) => ground.audit.configure(next.audit)],
  [['auth', 'listeners'], ({ auth, listeners }) => ground.identity.configure({ auth, listeners })],
  [['devices'], (next) => ground.devices.configure(next.devices)],
  [['classes', 'listeners'], (next) => ground.classes.configure(next.classes, next.listeners)],
  [['classes'], (next) => stream.uplink.configureShares(next.classes)],
  [['rates'], (next) => ground.throttling.configure(next.rates)],
  [
    ['queues', 'retained'],
    (next) => stream.downlink.configure({ queueLimits: next.queues, retainedLimits: next.retained }),
  ],
  [['access'], (next) => stream.downlink.subscriptions.configure(next.access)],
  [['sources'], (next) => operators.sources.configure(next.sources)],
  [['flapping'], (next) => operators.automaticBans.configure(next.flapping)],
  [['overload'], (next) => operators.overload.configure(next.overload)],
  [
    ['quality', 'listeners'],
    ({ quality, listeners }) => operators.quality.configure({ ...quality, listeners }),
  ],
];
