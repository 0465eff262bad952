import { type CloseReason, type OverloadSignal, type OverloadStep } from '@tributary/protocol';
import type { ConnectBounds } from '../../admission/overload/connect-limit.ts';
import { Door, type Knocking, type RefusedBy } from '../../admission/overload/door.ts';
import {
  Governor,
  type GovernorLimits,
  type Situation,
  type Transition,
} from '../../admission/overload/governor.ts';
import { rulesOf } from '../../admission/overload/ladder.ts';
import { PeakRate } from '../../admission/overload/peak-rate.ts';
import {
  type Measures,
  type Pressure,
  pressures,
  type SignalLimits,
  worstOf,
} from '../../admission/overload/signals.ts';
import type { Counters } from '../../counters.ts';
import type { SessionRegistry } from '../registry.ts';
import type { Session } from '../session.ts';
import { GateMover } from './gate-mover.ts';
import { Gates, type GateSettings } from './gates.ts';

export interface OverloadSettings {
  readonly mode: 'enforce' | 'observe' | 'off';
  /** Where bulk devices begin to pay, and where standard ones do. */
  readonly signals: SignalLimits;
  readonly severe: SignalLimits;
  readonly governor: GovernorLimits;
  readonly gates: GateSettings;
  readonly connects: ConnectBounds;
}

export interface OverloadParts {
  readonly registry: SessionRegistry;
  readonly counters: Counters;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** Of the time since it was last asked. */
  readonly measure: () => Measures;
  /** Whether what is held may be handed on. */
  readonly hasRoom: () => boolean;
  /** A step was taken, or taken back. */
  readonly onTransition: (transition: Transition) => void;
  /** A device was turned away, or would have been: by the ladder's step, or by the limit on connects. */
  readonly onRefused: (by: RefusedBy, device: Knocking) => void;
  /** A device is slowed, and told so: some seconds apart for each. */
  readonly onSlowed: (session: Session) => void;
}

/** How often the signals are looked at, ms. */
const lookMs = 250;

/**
 * What the node does when it is short of something: looks at the signals, moves the ladder, and asks less of the node
 * by slowing, shedding and refusing those who are not critical (docs/architecture.md, section 7).
 */
export class Overload {
  readonly #parts: OverloadParts;
  readonly #governor: Governor;
  readonly #door: Door;
  readonly #peak: PeakRate;
  readonly #mover: GateMover;
  readonly #transitions = new Map<OverloadStep, number>();
  readonly gates: Gates;
  #settings: OverloadSettings;
  #shares: Readonly<Record<OverloadSignal, number>>;
  #severeShares: Readonly<Record<OverloadSignal, number>>;
  #looker: NodeJS.Timeout | undefined;

  constructor(settings: OverloadSettings, parts: OverloadParts) {
    this.#settings = settings;
    this.#parts = parts;
    const nowMs = parts.monotonic();
    this.#governor = new Governor(settings.governor);
    this.#door = new Door(settings.connects, nowMs);
    this.#peak = new PeakRate(nowMs);
    this.gates = new Gates(settings.gates, parts.monotonic, parts.onSlowed);
    this.#mover = new GateMover(this.gates, parts.monotonic, parts.hasRoom);
    this.#shares = pressures(nothing, settings.signals);
    this.#severeShares = this.#shares;
  }

  get step(): OverloadStep {
    return this.#governor.step;
  }
  /** What it stands there for; undefined when nothing is wrong. */
  get reason(): OverloadSignal | undefined {
    return this.#governor.reason;
  }
  /** Signal → share of its limit, at the last look. */
  get shares(): Readonly<Record<OverloadSignal, number>> {
    return this.#shares;
  }
  /** Of the limits at which standard devices pay. */
  get severeShares(): Readonly<Record<OverloadSignal, number>> {
    return this.#severeShares;
  }
  /** Connects per second that are taken. */
  get connectsPerSecond(): number {
    return this.#door.limit.perSecond;
  }
  /** Step → how often it was come to. */
  get transitions(): ReadonlyMap<OverloadStep, number> {
    return this.#transitions;
  }
  /** Devices turned away, or in `mode: observe` counted as such. */
  get refused(): Readonly<Record<RefusedBy, number>> {
    return this.#door.refused;
  }
  get isObserving(): boolean {
    return this.#settings.mode === 'observe';
  }

  start(): void {
    this.#looker ??= setInterval(() => this.look(), lookMs).unref();
  }

  /** Lets everybody read on. Idempotent. */
  stop(): void {
    clearInterval(this.#looker);
    this.#looker = undefined;
    this.#restAll();
  }

  /** From here on as the settings say, for those who are here too. */
  configure(settings: OverloadSettings): void {
    this.#settings = settings;
    this.#governor.configure(settings.governor);
    this.#door.limit.configure(settings.connects, this.#parts.monotonic());
    this.gates.configure(settings.gates);
    if (settings.mode === 'enforce') this.#fitAll();
    else this.#restAll();
  }

  /** Looks at the signals. Called by the timer. */
  look(): void {
    const nowMs = this.#parts.monotonic();
    this.#peak.look(sum(this.#parts.counters.messagesIn), nowMs);
    const situation = this.#assess();
    const { lowerBelow } = this.#settings.governor;
    this.#door.limit.adapt(
      Math.max(this.#severeShares['loop-delay'], this.#severeShares['redis-latency']),
      nowMs,
    );
    this.gates.adapt('bulk', situation.early.value, lowerBelow);
    this.gates.adapt('standard', situation.severe.value, lowerBelow);
    const transition = this.#governor.look(situation, nowMs);
    if (transition !== undefined) this.#moved(transition);
  }

  /** Why the device cannot come in now, or undefined. */
  refusal(device: Knocking): CloseReason | undefined {
    const { mode } = this.#settings;
    if (mode === 'off') return undefined;
    const by = this.#door.refusal(device, this.step, this.#parts.monotonic());
    if (by === undefined) return undefined;
    this.#parts.onRefused(by, device);
    return mode === 'enforce' ? 'server-busy' : undefined;
  }

  /** A session has begun, or is of another class now. */
  fit(session: Session): void {
    if (this.#settings.mode === 'enforce') this.gates.fit(session, rulesOf(this.step, session.class));
  }

  /** Its connection has ended. */
  left(session: Session): void {
    this.gates.leave(session);
  }

  #assess(): Situation {
    const { mode, signals, severe } = this.#settings;
    const measures = this.#parts.measure();
    this.#shares = pressures(measures, signals);
    this.#severeShares = pressures(measures, severe);
    const isOff = mode === 'off';
    return {
      early: isOff ? calm : worstOf(this.#shares),
      severe: isOff ? calm : worstOf(this.#severeShares),
      isHoldingBulk: this.gates.takeHeldBack('bulk'),
      isHoldingStandard: this.gates.takeHeldBack('standard'),
    };
  }

  #moved(transition: Transition): void {
    const { from, to } = transition;
    this.#transitions.set(to, (this.#transitions.get(to) ?? 0) + 1);
    for (const name of ['bulk', 'standard'] as const) {
      const isSlowed = rulesOf(to, name).isSlowed;
      if (isSlowed === rulesOf(from, name).isSlowed) continue;
      if (isSlowed) this.gates.beginSlowing(name, this.#peak.perSecond);
      else this.gates.endSlowing(name);
    }
    if (this.#settings.mode === 'enforce') this.#fitAll();
    this.#parts.onTransition(transition);
  }

  /** Visits all sessions: once for a step, not for a look. */
  #fitAll(): void {
    if (this.step === 'normal') return this.#restAll();
    for (const session of this.#parts.registry.all()) this.fit(session);
    this.#mover.start();
  }

  #restAll(): void {
    this.#mover.stop();
    for (const session of this.#parts.registry.all()) this.gates.leave(session);
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

const calm: Pressure = { value: 0, signal: 'loop-delay' };

const nothing: Measures = {
  loopDelayMs: 0,
  heapShare: 0,
  memoryShare: 0,
  redisLatencyMs: 0,
  redisErrors: 0,
  backlogShare: 0,
};
