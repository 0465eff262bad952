import { isDeepStrictEqual } from 'node:util';
import {
  Door,
  type ListenerAddress,
  type ListenerConfig,
  type ListenerEvents,
  type ListenerLimits,
} from './door.ts';
import type { ListenerTls } from './tls/listener-tls.ts';
import type { ListenerCertificate } from './tls/tls-events.ts';

export type { ListenerAddress, ListenerConfig, ListenerEvents } from './door.ts';

/** Other doors, as far as getting them can fail: those that come are open and greet nobody. It is committed, or was never made. */
export interface DoorsChange {
  /** Whether a door comes or goes. */
  readonly isChange: boolean;
  /** Greets at the new doors and closes the old ones, at once. */
  commit(): { readonly addresses: readonly ListenerAddress[]; readonly removed: readonly string[] };
  /** Everything is as it was, as if nobody had asked. In place of `commit`. */
  undo(): Promise<void>;
}

type UndoStep = () => void | Promise<void>;

/** The node's doors: opened together, closed together, and in between exchanged one by one. */
export class Listeners {
  readonly #configs: readonly ListenerConfig[];
  readonly #events: ListenerEvents;
  #limits: ListenerLimits;
  #doors = new Map<string, Door>();
  /** Closed, with connections that stand. */
  readonly #leaving = new Set<Door>();
  #isClosed = false;

  constructor(configs: readonly ListenerConfig[], limits: ListenerLimits, events: ListenerEvents) {
    this.#configs = configs;
    this.#limits = limits;
    this.#events = events;
  }

  /** @throws when an address cannot be had, naming the listener */
  async open(): Promise<ListenerAddress[]> {
    for (const config of this.#configs) {
      if (this.#isClosed) break;
      const door = this.#make(config);
      this.#doors.set(config.name, door);
      await door.open();
      if (this.#isClosed) door.close();
      else door.greet();
    }
    return this.#isClosed ? [] : this.#addresses();
  }

  /** Takes no more connections; those that stand are not touched. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const door of this.#doors.values()) door.close();
  }

  /** Other limits, for connections from now on. */
  configure(limits: ListenerLimits): void {
    this.#limits = limits;
  }

  /**
   * Opens what is new in `configs`. A door that keeps its name, protocol, host and port stays open whatever else of it changes;
   * one that needs the port of another is opened as soon as that is closed.
   * @throws when an address cannot be had, or a file of TLS; everything is as it was then
   */
  async prepare(configs: readonly ListenerConfig[]): Promise<DoorsChange> {
    const kept = configs.filter((config) => this.#doors.get(config.name)?.canBecome(config) === true);
    const coming = configs.filter((config) => !kept.includes(config));
    const leaving = [...this.#doors.values()].filter(
      ({ name }) => !kept.some((config) => config.name === name),
    );
    const undo: UndoStep[] = [];
    const takeBack = (): Promise<void> => takeAllBack(undo);
    const opened: Door[] = [];
    try {
      for (const config of kept) this.#changeTls(config, undo);
      for (const door of leaving.filter((door) =>
        coming.some(({ port }) => port === door.config.port && port !== 0),
      ))
        this.#vacate(door, undo);
      for (const config of coming) {
        const door = this.#make(config);
        undo.push(() => door.close());
        await door.open();
        opened.push(door);
      }
    } catch (error) {
      await takeBack().catch((also: unknown) => {
        throw new AggregateError([error, also], `${(error as Error).message}; ${(also as Error).message}`);
      });
      throw error;
    }
    return {
      isChange: coming.length + leaving.length > 0,
      commit: () => this.#commit(configs, kept, opened, leaving),
      undo: takeBack,
    };
  }

  /** TLS of a listener, or of one that was removed and still has connections; undefined where there is none. */
  tlsOf(listener: string): ListenerTls | undefined {
    const door = this.#doors.get(listener) ?? [...this.#leaving].find(({ name }) => name === listener);
    return door?.tls;
  }

  /** How the certificates of listeners stand. */
  certificates(): ListenerCertificate[] {
    return [...this.#doors.values()].flatMap(({ tls }) => tls?.certificate ?? []);
  }

  /** Fetches revocation lists anew, as another node has found newer ones. */
  async refreshRevocations(): Promise<void> {
    const all = [...this.#doors.values(), ...this.#leaving];
    await Promise.all(all.flatMap(({ tls }) => tls?.refreshRevocations() ?? []));
  }

  #make(config: ListenerConfig): Door {
    return new Door(config, () => this.#limits, this.#events);
  }

  #addresses(): ListenerAddress[] {
    return [...this.#doors.values()].map(({ address }) => address);
  }

  #changeTls({ name, tls: wanted }: ListenerConfig, undo: UndoStep[]): void {
    const { tls, config } = this.#doors.get(name)!;
    const { tls: settings } = config;
    if (tls === undefined || wanted === undefined || settings === undefined) return;
    if (isDeepStrictEqual(settings, wanted)) return;
    tls.configure(wanted);
    undo.push(() => tls.configure(settings));
  }

  /** Closes a door whose port another needs. Should that come to nothing, one like it is opened. */
  #vacate(door: Door, undo: UndoStep[]): void {
    this.#leave(door);
    undo.push(async () => {
      const again = this.#make(door.config);
      await again.open();
      again.greet();
      this.#doors.set(door.name, again);
    });
  }

  #leave(door: Door): void {
    if (this.#leaving.has(door)) return;
    this.#leaving.add(door);
    door.close(() => this.#leaving.delete(door));
  }

  #commit(
    configs: readonly ListenerConfig[],
    kept: readonly ListenerConfig[],
    opened: readonly Door[],
    leaving: readonly Door[],
  ): ReturnType<DoorsChange['commit']> {
    for (const config of kept) this.#doors.get(config.name)!.configure(config);
    for (const door of leaving) this.#leave(door);
    const doors = configs.map(
      ({ name }) => opened.find((door) => door.name === name) ?? this.#doors.get(name)!,
    );
    this.#doors = new Map(doors.map((door) => [door.name, door]));
    for (const door of opened)
      if (this.#isClosed) door.close();
      else door.greet();
    const removed = leaving.map(({ name }) => name);
    return { addresses: this.#isClosed ? [] : this.#addresses(), removed };
  }
}

/** Every step, the last one first, also behind one that fails: each is of another door. @throws the first failure */
async function takeAllBack(undo: readonly UndoStep[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
