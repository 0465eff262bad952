import {
  type CredentialMark,
  lastCredentialChange,
  listDisabled,
  type Keys,
  readCredentialChanges,
  readCredentials,
  type Store,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Identity } from '../../admission/identity.ts';
import type { SessionRegistry } from '../../session/registry.ts';
import type { Session } from '../../session/session.ts';
import { Reloader } from '../reloader.ts';

export interface CredentialWatchParts {
  readonly store: Store;
  readonly keys: Keys;
  readonly registry: SessionRegistry;
  readonly logger: Logger;
  /** The credential somebody came in with; undefined when it was none of a device's own. */
  readonly credentialOf: (identity: Identity) => string | undefined;
}

const disabled = 'the device is disabled';
/** Sessions looked at in one turn of the loop, and in one round trip. */
const batch = 500;
/** Devices whose credentials changed a moment ago: whoever was on its way in then is looked at when it is in. */
const maxRecent = 1000;

/**
 * Holds the sessions of this node to the credentials of their devices: when one is disabled, or its credential is replaced or
 * deleted, it ends. Follows the logs of changes, so that no credential is read while none changes.
 */
export class CredentialWatch {
  readonly #parts: CredentialWatchParts;
  readonly #reloader: Reloader;
  readonly #recent = new Set<string>();
  #disabled: ReadonlySet<string> = new Set();
  /** What was read last of the logs; undefined before the first reading. */
  #mark: CredentialMark | undefined;
  #ended = 0;

  constructor(parts: CredentialWatchParts) {
    this.#parts = parts;
    this.#reloader = new Reloader(parts.store, parts.logger, 'credentials of devices', () => this.#read());
  }

  start(): Promise<void> {
    return this.#reloader.start();
  }

  stop(): void {
    this.#reloader.stop();
  }

  /** How many devices are disabled. */
  get count(): number {
    return this.#disabled.size;
  }

  isDisabled(clientId: string): boolean {
    return this.#disabled.has(clientId);
  }

  /** Reads what changed and ends whom it is about. @returns how many sessions it ended */
  async apply(): Promise<number> {
    const before = this.#ended;
    await this.#reloader.reload();
    return this.#ended - before;
  }

  /** A session begins: it may have been disabled, or its credential changed, since that was looked up. */
  begun(session: Session): void {
    if (this.isDisabled(session.clientId)) return this.#end(session, disabled);
    if (!this.#recent.has(session.clientId)) return;
    this.#hold([session]).catch((error: unknown) =>
      this.#parts.logger.warn(
        { err: error, device: session.clientId },
        'a credential could not be looked at again',
      ),
    );
  }

  async #read(): Promise<void> {
    const { store, keys, registry } = this.#parts;
    if (this.#mark === undefined) return this.#readAll();
    const { devices, mark, hasGap } = await readCredentialChanges(store.redis, this.#mark);
    this.#note(devices);
    const before = this.#disabled;
    this.#disabled = new Set((await listDisabled(store.redis, keys)).keys());
    const meant = new Set([...devices, ...[...this.#disabled].filter((device) => !before.has(device))]);
    const changed = [...meant].flatMap((device) => registry.get(device) ?? []);
    await this.#holdAll(hasGap ? [...registry.all()] : changed);
    // Only now: what failed half-way is done again.
    this.#mark = mark;
  }

  async #readAll(): Promise<void> {
    const { store, keys, registry } = this.#parts;
    const mark = await lastCredentialChange(store.redis, keys);
    this.#disabled = new Set((await listDisabled(store.redis, keys)).keys());
    await this.#holdAll([...registry.all()]);
    this.#mark = mark;
  }

  #note(devices: readonly string[]): void {
    for (const device of devices) {
      this.#recent.delete(device);
      this.#recent.add(device);
      if (this.#recent.size > maxRecent) this.#recent.delete(this.#recent.values().next().value!);
    }
  }

  async #holdAll(sessions: readonly Session[]): Promise<void> {
    for (let at = 0; at < sessions.length; at += batch) {
      await this.#hold(sessions.slice(at, at + batch));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #hold(sessions: readonly Session[]): Promise<void> {
    const { store, keys, credentialOf } = this.#parts;
    for (const session of sessions) if (this.isDisabled(session.clientId)) this.#end(session, disabled);
    const own = sessions.filter(({ isOpen, identity }) => isOpen && credentialOf(identity) !== undefined);
    if (own.length === 0) return;
    const found = await readCredentials(
      store.redis,
      keys,
      own.map(({ clientId }) => clientId),
    );
    for (const [i, session] of own.entries()) {
      if (found[i]?.id !== credentialOf(session.identity))
        this.#end(session, 'its credential is not in force any more');
    }
  }

  #end(session: Session, why: string): void {
    if (!session.isOpen) return;
    session.close('not-authorized', why);
    this.#ended++;
  }
}
