import type { ServiceClass } from '@tributary/protocol';
import type { StepRules } from '../../admission/overload/ladder.ts';
import { type HoldLimits, HoldRoom } from '../../admission/overload/latest.ts';
import { Pace } from '../../admission/overload/pace.ts';
import type { Session } from '../session.ts';
import { OverloadGate } from './gate.ts';
import { Pacer } from './pacer.ts';

export interface GateSettings {
  /** Messages per second of all slowed devices of a class together, at the least. */
  readonly leastPerSecond: number;
  readonly maxPauseMs: number;
  /** How long the latest message of a topic is held, ms. */
  readonly holdMs: number;
  readonly maxHeldTopics: number;
  readonly maxHeldBytes: number;
}

/** The classes that can be slowed. */
const slowable = ['bulk', 'standard'] as const;
type Slowable = (typeof slowable)[number];
/** Messages handed on in one go. */
const releaseBatch = 100;

/** The gates of this node's devices, and what moves them. */
export class Gates {
  readonly #monotonic: () => number;
  readonly #room: HoldRoom;
  readonly #paces: Record<Slowable, Pace>;
  readonly #pacers: Record<Slowable, Pacer>;
  readonly #gates = new Map<Session, OverloadGate>();
  /** Those that hold something, longest first. */
  readonly #holding = new Set<OverloadGate>();
  #settings: GateSettings;

  /** @param onSlowed a device is told to slow down */
  constructor(
    settings: GateSettings,
    monotonic: () => number,
    onSlowed: (session: Session) => void = () => {},
  ) {
    this.#settings = settings;
    this.#monotonic = monotonic;
    this.#room = new HoldRoom(holdLimits(settings));
    const paceOf = (): Pace => new Pace({ least: settings.leastPerSecond });
    this.#paces = { bulk: paceOf(), standard: paceOf() };
    const pacerOf = (name: Slowable): Pacer =>
      new Pacer(this.#paces[name], settings.maxPauseMs, monotonic, onSlowed);
    this.#pacers = { bulk: pacerOf('bulk'), standard: pacerOf('standard') };
  }

  /** Devices something is asked of. */
  get count(): number {
    return this.#gates.size;
  }
  /** Class → connections that wait for their turn. */
  waiting(): [ServiceClass, number][] {
    return slowable.map((name) => [name, this.#pacers[name].waiting]);
  }
  /** Class → messages per second that are taken of it now; 0 while it is not slowed. */
  paces(): [ServiceClass, number][] {
    return slowable.map((name) => [name, this.#paces[name].perSecond]);
  }
  get pauses(): number {
    return slowable.reduce((sum, name) => sum + this.#pacers[name].pauses, 0);
  }
  get heldBytes(): number {
    return this.#room.bytes;
  }

  configure(settings: GateSettings): void {
    this.#settings = settings;
    this.#room.limits = holdLimits(settings);
    for (const name of slowable) {
      this.#paces[name].configure({ least: settings.leastPerSecond });
      this.#pacers[name].configure(settings.maxPauseMs);
    }
  }

  /** Slowing of a class begins. @param nodePerSecond messages the node took until now */
  beginSlowing(name: Slowable, nodePerSecond: number): void {
    this.#paces[name].begin(nodePerSecond, this.#monotonic());
  }
  endSlowing(name: Slowable): void {
    this.#paces[name].end();
  }

  /** @param pressure share of its limit of the worst signal; @param lowerBelow where relief begins */
  adapt(name: Slowable, pressure: number, lowerBelow: number): void {
    this.#paces[name].adapt(pressure, lowerBelow, this.#monotonic());
  }

  /** Whether devices of the class would have sent more than their pace allows, since this was last asked. */
  takeHeldBack(name: Slowable): boolean {
    return this.#pacers[name].takeHeldBack();
  }

  /** Asks of the device what the rules of its class say now. */
  fit(session: Session, { isSlowed, isShed }: StepRules): void {
    const existing = this.#gates.get(session);
    if (!isSlowed && !isShed) {
      if (existing !== undefined) this.leave(session);
      return;
    }
    const gate = existing ?? this.#newGate(session);
    const pacer = isSlowed && session.class !== 'critical' ? this.#pacers[session.class] : undefined;
    const before = gate.pacer;
    gate.pacer = pacer;
    gate.isShedding = isShed;
    if (!isShed) this.#release(gate);
    // Last, as reading goes on within.
    if (before !== pacer) before?.left(gate);
  }

  /** Nothing is asked of the device any more, or its connection has ended. */
  leave(session: Session): void {
    const gate = this.#gates.get(session);
    if (gate === undefined) return;
    this.#gates.delete(session);
    this.#holding.delete(gate);
    gate.open();
  }

  /** Whose turn it is reads on. */
  move(): void {
    for (const name of slowable) this.#pacers[name].move();
  }

  /** Who has waited for as long as it may reads on. */
  sweep(): void {
    for (const name of slowable) this.#pacers[name].sweep();
  }

  /** Hands on what was held for long enough, some of it at a time. */
  release(): void {
    const nowMs = this.#monotonic();
    let left = releaseBatch;
    for (const gate of this.#holding) {
      if (left <= 0 || nowMs - gate.heldSinceMs < this.#settings.holdMs) return;
      left -= gate.held;
      this.#release(gate);
    }
  }

  #release(gate: OverloadGate): void {
    this.#holding.delete(gate);
    gate.release();
  }

  #newGate(session: Session): OverloadGate {
    const gate = new OverloadGate(session, {
      room: this.#room,
      onHeld: (holder) => this.#holds(holder),
    });
    this.#gates.set(session, gate);
    session.upstream.overload = gate;
    return gate;
  }

  #holds(gate: OverloadGate): void {
    gate.heldSinceMs = this.#monotonic();
    this.#holding.delete(gate);
    this.#holding.add(gate);
  }
}

const holdLimits = ({ maxHeldBytes, maxHeldTopics }: GateSettings): HoldLimits => ({
  maxBytes: maxHeldBytes,
  maxTopics: maxHeldTopics,
});
