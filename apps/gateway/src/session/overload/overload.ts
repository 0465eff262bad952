import {
  type CloseReason,
  type OverloadSignal,
  type OverloadStep,
  type ServiceClass,
} from '@tributary/protocol';
import { type ConnectBounds, ConnectLimit } from '../../admission/overload/connect-limit.ts';
import {
  Governor,
  type GovernorLimits,
  type Situation,
  type Transition,
} from '../../admission/overload/governor.ts';
import { rulesOf } from '../../admission/overload/ladder.ts';
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
}

/** A device that asks to come in. */
export interface Knocking {
  readonly clientId: string;
  readonly class: ServiceClass;
  /** It asks for the session it has. */
  readonly isResuming: boolean;
  /** `address:port`. */
  readonly address: string;
}

export type RefusedBy = 'step' | 'connect-limit';

/** How often the signals are looked at; and how often the line of paused connections moves, ms. */
const lookMs = 250;
const moveMs = 20;
/** Of those: each so many. */
const movesPerRelease = 5;
const movesPerSweep = 12;
/** The most messages per second fade by half in some eight seconds of looks. */
const forgetting = 0.98;

/**
 * What the node does when it is short of something: looks at the signals, moves the ladder, and asks less of the node
 * by slowing, shedding and refusing those who are not critical (docs/architecture.md, section 7).
 */
export class Overload {
  readonly #parts: OverloadParts;
  readonly #governor: Governor;
  readonly #connects: ConnectLimit;
  readonly #transitions = new Map<OverloadStep, number>();
  readonly #refused: Record<RefusedBy, number> = { 'step': 0, 'connect-limit': 0 };
  readonly gates: Gates;
  #settings: OverloadSettings;
  #shares: Readonly<Record<OverloadSignal, number>>;
  #severeShares: Readonly<Record<OverloadSignal, number>>;
  #looker: NodeJS.Timeout | undefined;
  #mover: NodeJS.Timeout | undefined;
  #moves = 0;
  #lookedMs: number;
  #messagesBefore = 0;
  /** The most of the last seconds. */
  #messagesPerSecond = 0;

  constructor(settings: OverloadSettings, parts: OverloadParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#lookedMs = parts.monotonic();
    this.#governor = new Governor(settings.governor);
    this.#connects = new ConnectLimit(settings.connects, this.#lookedMs);
    this.gates = new Gates(settings.gates, parts.monotonic);
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
    return this.#connects.perSecond;
  }
  /** Step → how often it was come to. */
  get transitions(): ReadonlyMap<OverloadStep, number> {
    return this.#transitions;
  }
  /** Devices turned away, or in `mode: observe` counted as such. */
  get refused(): Readonly<Record<RefusedBy, number>> {
    return this.#refused;
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
    this.#connects.configure(settings.connects, this.#parts.monotonic());
    this.gates.configure(settings.gates);
    if (settings.mode === 'enforce') this.#fitAll();
    else this.#restAll();
  }

  /** Looks at the signals. Called by the timer. */
  look(): void {
    const nowMs = this.#parts.monotonic();
    this.#measureMessages(nowMs);
    const situation = this.#assess();
    const { lowerBelow } = this.#settings.governor;
    this.#connects.adapt(
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
    const nowMs = this.#parts.monotonic();
    if (device.class === 'critical') {
      this.#connects.spend(nowMs);
      return undefined;
    }
    const by = this.#turnedAwayBy(device, nowMs);
    if (by === undefined) return undefined;
    this.#refused[by]++;
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

  #turnedAwayBy({ class: serviceClass, isResuming }: Knocking, nowMs: number): RefusedBy | undefined {
    if (rulesOf(this.step, serviceClass).isRefused && !isResuming) return 'step';
    return this.#connects.take(isResuming, nowMs) ? undefined : 'connect-limit';
  }

  #moved(transition: Transition): void {
    const { from, to } = transition;
    this.#transitions.set(to, (this.#transitions.get(to) ?? 0) + 1);
    for (const name of ['bulk', 'standard'] as const) {
      const isSlowed = rulesOf(to, name).isSlowed;
      if (isSlowed === rulesOf(from, name).isSlowed) continue;
      if (isSlowed) this.gates.beginSlowing(name, this.#messagesPerSecond);
      else this.gates.endSlowing(name);
    }
    if (this.#settings.mode === 'enforce') this.#fitAll();
    this.#parts.onTransition(transition);
  }

  /** Visits all sessions: once for a step, not for a look. */
  #fitAll(): void {
    if (this.step === 'normal') return this.#restAll();
    for (const session of this.#parts.registry.all()) this.fit(session);
    this.#mover ??= setInterval(() => this.#move(), moveMs).unref();
  }

  #restAll(): void {
    clearInterval(this.#mover);
    this.#mover = undefined;
    for (const session of this.#parts.registry.all()) this.gates.leave(session);
  }

  #move(): void {
    this.#moves++;
    this.gates.move();
    if (this.#moves % movesPerRelease === 0 && this.#parts.hasRoom()) this.gates.release();
    if (this.#moves % movesPerSweep === 0) this.gates.sweep();
  }

  #measureMessages(nowMs: number): void {
    const messages = this.#parts.counters.messagesIn.reduce((sum, count) => sum + count, 0);
    const seconds = (nowMs - this.#lookedMs) / 1000;
    // What the node takes while it is held up says nothing of what it can take.
    if (seconds > 0)
      this.#messagesPerSecond = Math.max(
        (messages - this.#messagesBefore) / seconds,
        this.#messagesPerSecond * forgetting,
      );
    this.#messagesBefore = messages;
    this.#lookedMs = nowMs;
  }
}

const calm: Pressure = { value: 0, signal: 'loop-delay' };

const nothing: Measures = {
  loopDelayMs: 0,
  heapShare: 0,
  memoryShare: 0,
  redisLatencyMs: 0,
  redisErrors: 0,
  backlogShare: 0,
};
