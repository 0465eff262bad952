import type { GatewayConfig } from '../config.ts';
import { type ConfigSource, LiveConfiguration } from '../live/live-configuration.ts';
import { registerConfigMetrics } from '../metrics-config.ts';
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
  /** Now; parts that were told hold their slice of it. */
  readonly inForce: GatewayConfig;
  start(): void;
  /** Idempotent. */
  stop(): Promise<void>;
  /** Somebody asks to have the file read again, and files that others may have moved away opened anew. */
  reload(): void;
}

/** Builds it; nothing is watched yet. Without a `source`, a file, there is nothing to read again. */
export function buildLiveSide(
  config: GatewayConfig,
  sides: LiveSides,
  source: ConfigSource | undefined,
  isReady: () => boolean,
): LiveSide {
  const { ground, operators } = sides;
  if (source === undefined) return withoutFile(config, ground);
  const live = new LiveConfiguration({
    ...ground,
    source,
    inForce: config,
    isReady,
    apply: (next) => {
      configureParts(sides, next);
      return Promise.resolve();
    },
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
    get inForce() {
      return live.inForce;
    },
    start: () => live.start(),
    stop: () => live.stop(),
    reload: () => {
      ground.audit.reopen();
      void live.reload('signal');
    },
  };
}

function withoutFile(inForce: GatewayConfig, { logger, audit }: Ground): LiveSide {
  return {
    inForce,
    start: () => {},
    stop: () => Promise.resolve(),
    reload: () => {
      audit.reopen();
      logger.info('there is no configuration file that could be read again');
    },
  };
}

/** Hands every part its slice. None of them waits or throws. */
function configureParts({ ground, stream, operators, devices }: LiveSides, next: GatewayConfig): void {
  ground.logger.level = next.log.level;
  ground.audit.configure(next.audit);
  ground.identity.configure(next);
  ground.devices.configure(next.devices);
  ground.classes.configure(next.classes, next.listeners);
  ground.throttling.configure(next.rates);
  stream.uplink.configureShares(next.classes);
  stream.downlink.configure({ queueLimits: next.queues, retainedLimits: next.retained });
  stream.downlink.subscriptions.configure(next.access);
  operators.sources.configure(next.sources);
  operators.automaticBans.configure(next.flapping);
  operators.overload.configure(next.overload);
  operators.quality.configure({ ...next.quality, listeners: next.listeners });
  devices.configure(next);
}
