import { overloadSteps } from '@tributary/protocol';
import { parseByteSize, parseRate } from '../admission/rate.ts';
import type { RefusedBy } from '../admission/overload/door.ts';
import { isSevere, type Transition } from '../admission/overload/governor.ts';
import { suitableKeepAlive } from '../admission/overload/keep-alive.ts';
import type { ThrottleNote } from '../admission/throttle-note.ts';
import type { GatewayConfig } from '../config/config.ts';
import type { OverloadFigures } from '../metrics/overload.ts';
import type { LoadServices } from '../session/handshake/load-services.ts';
import { Overload, type OverloadSettings } from '../session/overload/overload.ts';
import type { Session } from '../session/session.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { Ground } from './ground.ts';
import { OverloadMeasures } from './overload-measures.ts';

type OverloadConfig = GatewayConfig['overload'];

/** The overload ladder of this node, as the sides use it. */
export interface OverloadSide {
  readonly load: LoadServices;
  /** For metrics. */
  readonly figures: OverloadFigures;
  start(): void;
  stop(): void;
  /** From here on as the section says. */
  configure(config: OverloadConfig): void;
  /** A session has begun. */
  fit(session: Session): void;
  /** Its connection has ended. */
  left(session: Session): void;
  /** For the node's figures of each second. */
  stats(): Readonly<Record<string, number | string>>;
}

/** Builds it; nothing runs yet. */
export function buildOverload(config: GatewayConfig, ground: Ground, uplink: Uplink): OverloadSide {
  let section = config.overload;
  const { highMarkBytes } = config.uplink;
  const measures = new OverloadMeasures({ ...ground, uplink, highMarkBytes });
  const overload = new Overload(settingsOf(section), {
    ...ground,
    measure: () => measures.take(),
    hasRoom: () => uplink.isUp && !uplink.isSaturated,
    onTransition: (transition) => announce(ground, overload, transition),
    onRefused: (by, { address }) => ground.throttling.note(noteOf(by, overload), { address }),
    onSlowed: ({ clientId, epoch, connection }) =>
      ground.throttling.note(slowedNote(overload), {
        clientId,
        epoch,
        address: connection.transport.remoteAddress,
      }),
  });
  ground.classes.onChanged.push((session) => overload.fit(session));
  return {
    figures: figuresOf(overload),
    fit: (session) => overload.fit(session),
    left: (session) => overload.left(session),
    stats: () => ({
      overloadStep: overload.step,
      overloadReason: overload.reason ?? '',
      overloadObserved: overload.isObserving ? 1 : 0,
      overloadDevices: overload.gates.count,
      connectLimit: Math.round(overload.connectsPerSecond),
    }),
    load: {
      refusal: (device) => overload.refusal(device),
      keepAliveFor: (seconds, flaps) =>
        section.leastKeepAliveSeconds === 0
          ? seconds
          : suitableKeepAlive(seconds, flaps, section.leastKeepAliveSeconds),
    },
    start() {
      measures.start();
      overload.start();
    },
    stop() {
      overload.stop();
      measures.stop();
    },
    configure(next) {
      section = next;
      overload.configure(settingsOf(next));
    },
  };
}

function figuresOf(overload: Overload): OverloadFigures {
  const { gates } = overload;
  return {
    stepIndex: () => overloadSteps.indexOf(overload.step),
    transitions: () => overload.transitions,
    shares: () => Object.entries(overload.shares),
    severeShares: () => Object.entries(overload.severeShares),
    refused: () => Object.entries(overload.refused),
    connectsPerSecond: () => overload.connectsPerSecond,
    paces: () => gates.paces(),
    waiting: () => gates.waiting(),
    pauses: () => gates.pauses,
    heldBytes: () => gates.heldBytes,
  };
}

function settingsOf(config: OverloadConfig): OverloadSettings {
  const { mode, signals, severe, raiseMs, lowerMs, lowerBelow, hold, connects } = config;
  return {
    mode,
    signals,
    severe,
    governor: { raiseMs, lowerMs, lowerBelow },
    gates: {
      leastPerSecond: parseRate(config.slowedRate)!,
      maxPauseMs: config.maxPauseMs,
      holdMs: hold.intervalMs,
      maxHeldTopics: hold.maxTopics,
      maxHeldBytes: parseByteSize(hold.maxBytes)!,
    },
    connects: { least: parseRate(connects.least)!, most: parseRate(connects.most)! },
  };
}

/** In the log and the audit; metrics, figures and the dashboard ask for themselves. */
function announce({ logger, audit }: Ground, { isObserving }: Overload, transition: Transition): void {
  const { from, to, pressure } = transition;
  const share = Math.round(pressure.value * 100);
  const facts = { from, step: to, signal: pressure.signal, percentOfLimit: share, isObserving };
  // The first steps are a busy node that looks after itself.
  logger[isSevere(to) ? 'warn' : 'info'](facts, 'the overload ladder moved');
  const detail = `from ${from}: ${pressure.signal} at ${share} % of its limit${isObserving ? '; only watching' : ''}`;
  audit.say({ kind: 'overload', outcome: 'success', reason: to, detail });
}

/** Beside the device: why it is read less. */
const slowedNote = ({ step }: Overload): ThrottleNote => ({
  scope: 'class',
  reason: 'overload',
  rule: `overload: ${step}`,
  action: 'pause',
  isObserved: false,
});

function noteOf(by: RefusedBy, { isObserving, step }: Overload): ThrottleNote {
  const isStep = by === 'step';
  return {
    scope: 'node',
    reason: isStep ? 'overload' : 'connection-rate',
    rule: isStep ? `overload: ${step}` : 'overload.connects',
    action: 'refuse',
    isObserved: isObserving,
  };
}
