import { automaticBans, type Ban, noteAction } from '@tributary/backplane';
import {
  addressOfEndpoint,
  type BanTarget,
  formatBanTarget,
  type IpAddress,
  parseBanTarget,
  parseIpAddress,
} from '@tributary/protocol';
import { FailedLogins, type FailedLoginLimits, sourceName } from '../../admission/flapping/failed-logins.ts';
import { Penalties, type BanLengths } from '../../admission/flapping/penalties.ts';
import { WindowCounts } from '../../admission/flapping/window-counts.ts';
import type { ThrottleNote, ThrottleSubject } from '../../admission/throttle-note.ts';
import { endingOf } from '../../quality/endings.ts';
import type { Session } from '../../session/session.ts';
import type { BanParts } from './ban-parts.ts';
import { auditBan } from './audit-bans.ts';
import { BanWriter } from './ban-writer.ts';
import type { Bans, OwnBans } from './bans.ts';

type Mode = 'enforce' | 'observe' | 'off';

export interface FlappingConfig {
  readonly mode: Mode;
  /** Connections of one client id that may end within the window. */
  readonly connects: number;
  readonly windowSeconds: number;
  readonly failedAuthentications: FailedLoginLimits & { readonly mode: Mode };
  readonly ban: BanLengths;
}

export interface AutomaticBansParts extends BanParts {
  readonly bans: Bans;
  readonly onThrottled: (note: ThrottleNote, subject: ThrottleSubject) => void;
}

/** Client ids whose connections are counted at a time; of more the one that was quiet for longest is forgotten. */
const maxFlapping = 20_000;

/** Bans this node makes by itself: of devices that come and go too often, and of those who try wrong credentials. */
export class AutomaticBans implements OwnBans {
  readonly #parts: AutomaticBansParts;
  #config: FlappingConfig;
  readonly #ended: WindowCounts;
  readonly #logins: FailedLogins;
  readonly #penalties: Penalties;
  readonly #writer: BanWriter;

  constructor(config: FlappingConfig, parts: AutomaticBansParts) {
    this.#parts = parts;
    this.#config = config;
    this.#ended = new WindowCounts(config.windowSeconds * 1000, maxFlapping);
    this.#logins = new FailedLogins(config.failedAuthentications);
    this.#penalties = new Penalties(config.ban);
    this.#writer = new BanWriter(parts);
    parts.bans.own = this;
  }

  /** Live: holds from the next connection and the next wrong password on. */
  configure(config: FlappingConfig): void {
    this.#config = config;
    this.#ended.configure(config.windowSeconds * 1000);
    this.#logins.configure(config.failedAuthentications);
    this.#penalties.configure(config.ban);
  }

  /** Idempotent. */
  stop(): void {
    this.#writer.stop();
  }

  onBegun(session: Session): void {
    const address = provenAddress(session);
    if (address !== undefined) this.#logins.neighbours.begun(sourceName(address));
  }

  /** A connection has ended. One that ended for a reason of ours, or of a device that sleeps, is no flapping. */
  onLeft(session: Session): void {
    const { clientId, identity, endedBy, traits } = session;
    const nowMs = this.#parts.monotonic();
    const address = provenAddress(session);
    if (address !== undefined) this.#logins.neighbours.left(sourceName(address), nowMs);
    const { mode, connects, windowSeconds } = this.#config;
    if (mode === 'off' || traits.isSleepy || endingOf(endedBy ?? 'normal', false) === 'planned') return;
    if (this.#ended.count(clientId, nowMs) <= connects) return;
    this.#ended.forget(clientId);
    const reason = `more than ${connects} connections in ${windowSeconds} s`;
    this.#ban(mode, { kind: 'id', id: clientId }, 'flapping', reason, { clientId, user: identity.user });
  }

  /** Somebody showed wrong credentials. @param address without port */
  onAuthFailed(failed: {
    readonly address: string;
    readonly clientId: string;
    readonly user?: string | undefined;
  }): void {
    const { mode, windowSeconds } = this.#config.failedAuthentications;
    const address = parseIpAddress(failed.address);
    if (mode === 'off' || address === undefined) return;
    const { clientId, user } = failed;
    const target = this.#logins.failed({ address, clientId, user }, this.#parts.monotonic());
    if (target === undefined) return;
    const reason = `too many wrong credentials in ${windowSeconds} s`;
    this.#ban(mode, target, 'failedAuthentications', reason, failed);
  }

  // what bans ask

  pending(): readonly Ban[] {
    return this.#writer.pending;
  }
  isShared(address: IpAddress): boolean {
    return this.#logins.isShared(address, this.#parts.monotonic());
  }
  learn({ target, strikes = 1, until }: Ban): void {
    this.#penalties.learn(target, strikes, until);
  }
  lifted(target: string): void {
    this.#penalties.forgive(target);
  }

  #ban(
    mode: Mode,
    meant: BanTarget,
    why: keyof typeof automaticBans,
    reason: string,
    subject: ThrottleSubject,
  ): void {
    this.#parts.onThrottled(noteOf(meant, why, mode === 'observe'), subject);
    if (mode === 'observe') return;
    const { bans, now, audit, logger } = this.#parts;
    const target = formatBanTarget(meant);
    const { strikes, forMs } = this.#penalties.next(target, now());
    const ban: Ban = { target, until: now() + forMs, reason, by: automaticBans[why], at: now(), strikes };
    logger.info({ target, reason, strikes, forMs }, 'banned for a time');
    auditBan(audit, ban);
    bans.add(ban);
    this.#writer.write(ban);
    this.#noteInTimeline(ban);
  }

  #noteInTimeline({ target, by, reason, at, until }: Ban): void {
    const { store, keys, nodeName, logger } = this.#parts;
    const meant = parseBanTarget(target);
    if (meant?.kind !== 'id' || !store.isUp) return;
    const outcome = `for-${Math.round((until - at) / 1000)}-s`;
    const line = { device: meant.id, epoch: 0, node: nodeName(), action: 'ban', by, reason, outcome, ts: at };
    noteAction(store.redis, keys, line).catch((error: unknown) =>
      logger.debug({ err: error, device: meant.id }, 'a ban is missing in the history of its device'),
    );
  }
}

/** Where a device that somebody vouches for is connected from; one nobody vouches for proves nothing about its address. */
function provenAddress({ identity, connection }: Session): IpAddress | undefined {
  return identity.by === 'anonymous' ? undefined : addressOfEndpoint(connection.transport.remoteAddress);
}

function noteOf(meant: BanTarget, why: keyof typeof automaticBans, isObserved: boolean): ThrottleNote {
  const scopes = { id: 'device', user: 'user', at: 'device', ip: 'address', prefix: 'prefix' } as const;
  const isFlapping = why === 'flapping';
  return {
    scope: scopes[meant.kind],
    reason: isFlapping ? 'flapping' : 'failed-authentications',
    rule: isFlapping ? 'flapping.connects' : ruleOf(meant),
    action: 'refuse',
    isObserved,
  };
}

const ruleOf = ({ kind }: BanTarget): string =>
  `flapping.failedAuthentications.${kind === 'at' ? 'perDevice' : 'perAddress'}`;
