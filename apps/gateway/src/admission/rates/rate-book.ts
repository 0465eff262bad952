import type { ServiceClass } from '@tributary/protocol';
import { Ledger } from './ledger.ts';
import { Metered, type RateMeter } from './metered.ts';
import { limitOf, type RateLimit, type RateText, sendingLimits, type SendingLimits } from './rate-limit.ts';

/** Rates as they are configured: `rates` of the configuration. */
export interface RatesConfig {
  /** Each device, and what differs for those of a class. */
  readonly device: SendingLimits;
  readonly deviceOf: Readonly<Partial<Record<ServiceClass, SendingLimits | undefined>>>;
  /** All devices of a class, of a user, of a listener, of the node together. */
  readonly class: Readonly<Partial<Record<ServiceClass, SendingLimits | undefined>>>;
  readonly user: SendingLimits;
  readonly listener: SendingLimits;
  readonly node: SendingLimits;
  /** What a session that returns is sent of its backlog, and all of them together. */
  readonly replay: {
    readonly mode: SendingLimits['mode'];
    readonly device?: RateText | undefined;
    readonly node?: RateText | undefined;
  };
  readonly maxPauseMs: number;
  /** Refusals one device may cause. */
  readonly refusals: RateText;
}

/** Whom limits are looked up for. */
export interface RatedDevice {
  readonly clientId: string;
  readonly user: string | undefined;
  readonly class: ServiceClass;
  readonly listener: string;
}

/** Which limits hold for whom, and what everybody has used of them. */
export class RateBook {
  #config: RatesConfig;
  readonly #now: () => number;
  readonly #devices = new Ledger(false);
  readonly #replays = new Ledger(false);
  readonly #users = new Ledger(true);
  readonly #classes = new Map<ServiceClass, Metered>();
  readonly #listeners = new Map<string, Metered>();
  readonly #node: Metered;
  readonly #nodeReplay: Metered;

  /** `now`: monotonic ms. */
  constructor(config: RatesConfig, now: () => number) {
    this.#config = config;
    this.#now = now;
    this.#node = new Metered(this.#nodeLimits(), true, now());
    this.#nodeReplay = new Metered(this.#nodeReplayLimits(), true, now());
  }

  /** Other limits: whoever is here has to `leave` before and to `enter` again. */
  configure(config: RatesConfig): void {
    const nowMs = this.#now();
    this.#config = config;
    this.#node.configure(this.#nodeLimits(), nowMs);
    this.#nodeReplay.configure(this.#nodeReplayLimits(), nowMs);
    for (const [name, metered] of this.#classes) metered.configure(this.#classLimits(name), nowMs);
    for (const metered of this.#listeners.values()) metered.configure(this.#listenerLimits(), nowMs);
  }

  /** The meters a device's messages are put to; none when nothing limits it. `leave` has to follow once. */
  enter(device: RatedDevice): RateMeter[] {
    const nowMs = this.#now();
    const own = this.#deviceLimits(device.class);
    const ofUser = sendingLimits('user', 'rates.user', this.#config.user);
    const found: (readonly RateMeter[])[] = [];
    if (own.length > 0) found.push(this.#devices.enter(device.clientId, own, nowMs).meters);
    if (device.user !== undefined && ofUser.length > 0)
      found.push(this.#users.enter(device.user, ofUser, nowMs).meters);
    found.push(
      this.#ofClass(device.class).meters,
      this.#ofListener(device.listener).meters,
      this.#node.meters,
    );
    return found.flat();
  }

  leave({ clientId, user }: RatedDevice): void {
    const nowMs = this.#now();
    this.#devices.leave(clientId, nowMs);
    if (user !== undefined) this.#users.leave(user, nowMs);
  }

  /** The meters of the backlog a session is sent; none when nothing limits it. */
  enterReplay(clientId: string): RateMeter[] {
    const { mode, device } = this.#config.replay;
    const own = replayLimits('device', mode, device);
    const ownMeters = own.length === 0 ? [] : this.#replays.enter(clientId, own, this.#now()).meters;
    return [...ownMeters, ...this.#nodeReplay.meters];
  }

  leaveReplay(clientId: string): void {
    this.#replays.leave(clientId, this.#now());
  }

  /** Forgets those who are away and have used nothing that is not paid for. */
  sweep(): void {
    const nowMs = this.#now();
    for (const ledger of [this.#devices, this.#users, this.#replays]) ledger.sweep(nowMs);
  }

  /** What differs for the class comes first, `messages` and `bytes` each on its own. */
  #deviceLimits(name: ServiceClass): RateLimit[] {
    const { device, deviceOf } = this.#config;
    const special = deviceOf[name];
    const own = special === undefined ? [] : sendingLimits('device', `rates.deviceOf.${name}`, special);
    const named = new Set(special === undefined ? [] : keysOf(special));
    const others = sendingLimits('device', 'rates.device', device);
    return [...own, ...others.filter(({ isOfBytes }) => !named.has(isOfBytes ? 'bytes' : 'messages'))];
  }

  #classLimits(name: ServiceClass): RateLimit[] {
    const limits = this.#config.class[name];
    return limits === undefined ? [] : sendingLimits('class', `rates.class.${name}`, limits);
  }
  #listenerLimits(): RateLimit[] {
    return sendingLimits('listener', 'rates.listener', this.#config.listener);
  }
  #nodeLimits(): RateLimit[] {
    return sendingLimits('node', 'rates.node', this.#config.node);
  }
  #nodeReplayLimits(): RateLimit[] {
    const { mode, node } = this.#config.replay;
    return replayLimits('node', mode, node);
  }

  #ofClass(name: ServiceClass): Metered {
    return known(this.#classes, name, () => new Metered(this.#classLimits(name), true, this.#now()));
  }
  #ofListener(name: string): Metered {
    return known(this.#listeners, name, () => new Metered(this.#listenerLimits(), true, this.#now()));
  }
}

function replayLimits(
  scope: 'device' | 'node',
  mode: SendingLimits['mode'],
  text: RateText | undefined,
): RateLimit[] {
  if (mode === 'off' || text === undefined) return [];
  const name = { scope, reason: 'replay-rate', rule: `rates.replay.${scope}` } as const;
  return [limitOf({ ...name, isObserved: mode === 'observe' }, text)];
}

function keysOf({ messages, bytes }: SendingLimits): ('messages' | 'bytes')[] {
  return [
    ...(messages === undefined ? [] : ['messages' as const]),
    ...(bytes === undefined ? [] : ['bytes' as const]),
  ];
}

function known<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
