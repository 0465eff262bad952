import { type ServiceClass, serviceClasses } from '@tributary/protocol';
import { type ClassFacts, ClassRules, type ClassRulesConfig } from '../../admission/classes/class-rules.ts';
import { type RaiseCause, Raises } from '../../admission/classes/raises.ts';
import { TopicClasses, type TopicRule } from '../../admission/classes/topic-classes.ts';
import type { AcknowledgeLevel } from '../../admission/classes/acknowledge.ts';
import type { Session } from '../session.ts';

export interface ClassesConfig extends Omit<ClassRulesConfig, 'listeners'> {
  readonly topics: readonly TopicRule[];
  /** When messages are acknowledged. */
  readonly acknowledge: Readonly<Record<ServiceClass, AcknowledgeLevel>>;
  /** Class while a message above QoS 0 waits for the device's answer; undefined: none. */
  readonly commands?: ServiceClass | undefined;
  /** Class while a trace looks at it; undefined: none. */
  readonly watched?: ServiceClass | undefined;
  /** How long a raise lasts after its cause. */
  readonly holdMs: number;
}

export interface ClassesOptions {
  readonly config: ClassesConfig;
  readonly listeners: ClassRulesConfig['listeners'];
  /** What the rules of `devices` say. */
  readonly deviceClassOf: (clientId: string) => ServiceClass | undefined;
  readonly monotonic: () => number;
}

/** Why a device changed its class: a raise, the end of all raises, or other rules. */
export type ChangeCause = RaiseCause | 'over' | 'rules';

/** How often raises that are over end, and those whose cause goes on are prolonged, ms. */
const tickMs = 500;
/** So long after other rules came a device may still be let in that was judged by those before, ms. */
const lettingInMs = 60_000;

/**
 * The service classes of this node's devices: which one each connects with, what raises it meanwhile, and who is in which
 * now. `critical` devices come first and `bulk` ones give way when there is not enough for all.
 */
export class Classes {
  /** Told when a session is of another class than `previous`. Must not throw. */
  readonly onChanged: ((session: Session, previous: ServiceClass, cause: ChangeCause) => void)[] = [];
  /** Told when there are devices of one class only, or of several. */
  onShared: (isShared: boolean) => void = () => {};
  /** Called at the end of each tick. */
  onTick: () => void = () => {};
  /** Sessions that traces look at now. */
  watchedSessions: () => Iterable<Session> = () => [];
  readonly #options: ClassesOptions;
  readonly #sets: Readonly<Record<ServiceClass, Set<Session>>> = {
    critical: new Set(),
    standard: new Set(),
    bulk: new Set(),
  };
  /** Those that something raises, or did until a moment ago. */
  readonly #raised = new Set<Session>();
  readonly #raises: Record<RaiseCause, number> = { topic: 0, command: 0, watched: 0 };
  #decays = 0;
  /** Devices whose messages are acknowledged before they are stored. */
  #unsafe = 0;
  #config: ClassesConfig;
  #rules: ClassRules;
  #topics: TopicClasses;
  #commandRank: number;
  /** Monotonic ms at which other rules came. */
  #configuredMs = -Infinity;
  #isShared = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClassesOptions) {
    const { config, listeners, deviceClassOf } = options;
    this.#options = options;
    this.#config = config;
    this.#rules = new ClassRules({ ...config, listeners }, deviceClassOf);
    this.#topics = new TopicClasses(config.topics);
    this.#commandRank = rankOf(config.commands);
  }

  /** Other rules: devices that are connected follow them at once; raises by topic that are under way stay. */
  configure(config: ClassesConfig, listeners: ClassRulesConfig['listeners']): void {
    this.#config = config;
    this.#rules = new ClassRules({ ...config, listeners }, this.#options.deviceClassOf);
    this.#topics = new TopicClasses(config.topics);
    this.#commandRank = rankOf(config.commands);
    this.#configuredMs = this.#options.monotonic();
    const sessions = Object.values(this.#sets).flatMap((set) => [...set]);
    for (const session of sessions) this.#judgeAnew(session);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), tickMs);
    this.#timer.unref();
  }
  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The class a device connects with. */
  classOf(facts: ClassFacts): ServiceClass {
    return this.#rules.classOf(facts);
  }

  /** When messages of a device that connects as `serviceClass` are acknowledged, for as long as it is connected. */
  levelOf(serviceClass: ServiceClass): AcknowledgeLevel {
    return this.#config.acknowledge[serviceClass];
  }

  /** The connected devices that are of a class now. Changes while it is walked when they are raised meanwhile. */
  of(serviceClass: ServiceClass): ReadonlySet<Session> {
    return this.#sets[serviceClass];
  }

  // what metrics ask for
  readonly counts = (): [string, number][] => serviceClasses.map((name) => [name, this.#sets[name].size]);
  readonly raises = (): [string, number][] => Object.entries(this.#raises);
  readonly decays = (): number => this.#decays;
  readonly unsafe = (): number => this.#unsafe;

  /** For the node's figures. */
  figures(): { unsafeDevices: number } {
    return { unsafeDevices: this.#unsafe };
  }

  begin(session: Session): void {
    this.#sets[session.class].add(session);
    if (session.acknowledges === 'received') this.#unsafe++;
    this.#noteShared();
    if (this.#options.monotonic() - this.#configuredMs < lettingInMs) this.#judgeAnew(session);
  }

  end(session: Session): void {
    this.#sets[session.class].delete(session);
    if (session.acknowledges === 'received') this.#unsafe--;
    this.#raised.delete(session);
    this.#noteShared();
  }

  /** Topics may raise: every message is to be shown to `published`. */
  get hasTopics(): boolean {
    return !this.#topics.isEmpty;
  }

  /** The device publishes to a topic; what it has sent and this message go together. */
  published(session: Session, topic: Buffer, start: number, end: number): void {
    const rank = this.#topics.rankOf(topic, start, end);
    if (rank >= 0) this.#raise(session, 'topic', rank);
  }

  /** A message above QoS 0 is with the device, which is to answer it. */
  commanded(session: Session): void {
    if (this.#commandRank >= 0) this.#raise(session, 'command', this.#commandRank);
  }

  /** Called by the timer; by tests with a clock of their own. */
  tick(): void {
    const watchedRank = rankOf(this.#config.watched);
    if (watchedRank >= 0)
      for (const session of this.watchedSessions()) this.#raise(session, 'watched', watchedRank);
    const nowMs = this.#options.monotonic();
    const untilMs = nowMs + this.#config.holdMs;
    for (const session of this.#raised) {
      const raises = session.raises!;
      if (isAwaited(session)) raises.prolong('command', untilMs);
      if (raises.isOver(nowMs)) this.#raised.delete(session);
      this.#apply(session, nowMs, 'over');
    }
    this.onTick();
  }

  #raise(session: Session, cause: RaiseCause, rank: number): void {
    const base = rankOf(session.baseClass);
    // It counts for as much anyhow, or has ended with the very message: nobody would take it out again.
    if (rank >= base || !session.isOpen) return;
    const nowMs = this.#options.monotonic();
    const raises = (session.raises ??= new Raises());
    raises.raise(cause, rank, nowMs, nowMs + this.#config.holdMs);
    this.#raised.add(session);
    this.#apply(session, nowMs, cause);
  }

  #apply(session: Session, nowMs: number, cause: ChangeCause): void {
    const base = rankOf(session.baseClass);
    const rank = session.raises?.rankAt(base, nowMs) ?? base;
    const previous = session.class;
    const next = serviceClasses[rank]!;
    if (next === previous) return;
    if (cause === 'over') this.#decays++;
    else if (cause !== 'rules') this.#raises[cause]++;
    this.#sets[previous].delete(session);
    session.reclass(next);
    // Not one that has ended meanwhile: nobody would take it out again.
    if (session.isOpen) this.#sets[next].add(session);
    this.#noteShared();
    for (const told of this.onChanged) told(session, previous, cause);
  }

  #judgeAnew(session: Session): void {
    const { clientId, connection, identity, raises } = session;
    session.baseClass = this.classOf({ clientId, listener: connection.listener, identity });
    if (this.#config.commands === undefined) raises?.forget('command');
    if (this.#config.watched === undefined) raises?.forget('watched');
    this.#apply(session, this.#options.monotonic(), 'rules');
  }

  #noteShared(): void {
    const isShared = Object.values(this.#sets).filter((set) => set.size > 0).length > 1;
    if (isShared === this.#isShared) return;
    this.#isShared = isShared;
    this.onShared(isShared);
  }
}

/** Whether the device has something above QoS 0 to answer, as far as this node knows. */
function isAwaited({ openDownstream }: Session): boolean {
  return openDownstream !== undefined && openDownstream.load > 0;
}

const rankOf = (serviceClass: ServiceClass | undefined): number =>
  serviceClass === undefined ? -1 : serviceClasses.indexOf(serviceClass);
