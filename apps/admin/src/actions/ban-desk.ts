import { listBans, putBan, readBan, removeBan, type Keys } from '@tributary/backplane';
import {
  type Ban,
  type BanList,
  type BanTarget,
  formatBanTarget,
  maxListedBans,
  type Operation,
  parseBanTarget,
} from '@tributary/protocol/admin-api';
import { HttpProblem } from '../http/problem.ts';
import { ask, askForChange } from '../redis/ask.ts';
import { noteInHistory } from './history-note.ts';
import { orderNodes } from './node-orders.ts';
import type { ActionParts } from './parts.ts';

type OnEnded = (operation: Operation) => void;

const longestMs = 366 * 24 * 3600_000;
/** Wider than this is nearly everybody: a slip of the keyboard, not a ban. */
const widestPrefix = { 4: 8, 6: 16 } as const;

const targetForms =
  'id:CLIENTID, user:NAME, ip:ADDRESS, prefix:CIDR, at:ADDRESS id:CLIENTID or at:ADDRESS user:NAME';

/** Bans as operators see them. */
export class BanDesk {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** @throws HttpProblem 400 `bad-target`, `prefix-too-wide` */
  targetOf(text: string): BanTarget {
    const target = parseBanTarget(text);
    if (target === undefined) throw new HttpProblem(400, 'bad-target', `a target is ${targetForms}`);
    if (target.kind !== 'prefix') return target;
    const widest = widestPrefix[target.prefix.base.family];
    if (target.prefix.length >= widest) return target;
    throw new HttpProblem(400, 'prefix-too-wide', `a prefix may be no wider than /${widest}`);
  }

  /**
   * The newest bans in force, the one that ends next first: nodes alone make thousands under an attack.
   * @param part of the targets; empty: all
   */
  async list(part = ''): Promise<Omit<BanList, 'at'>> {
    const { store, clock } = this.#parts;
    const keys = await this.#parts.keys();
    const bans = await ask(store, (redis) => listBans(redis, keys, clock.now()));
    const wanted = part.toLowerCase();
    const found = bans.filter(({ target }) => target.toLowerCase().includes(wanted));
    const newest = found.toSorted((a, b) => b.at - a.at).slice(0, maxListedBans);
    return { items: newest.toSorted((a, b) => a.until - b.until), total: found.length };
  }

  /** The ban of this target alone. @throws HttpProblem 400 `bad-target` */
  async listOne(text: string): Promise<Omit<BanList, 'at'>> {
    const { store, clock } = this.#parts;
    const keys = await this.#parts.keys();
    const target = formatBanTarget(this.targetOf(text));
    const ban = await ask(store, (redis) => readBan(redis, keys, target, clock.now()));
    return ban === undefined ? { items: [], total: 0 } : { items: [ban], total: 1 };
  }

  /** @throws HttpProblem 400 `bad-until` */
  checkEnd(until: number): void {
    const now = this.#parts.clock.now();
    if (until <= now || until > now + longestMs)
      throw new HttpProblem(400, 'bad-until', 'a ban ends in the future, and within a year');
  }

  /** @throws HttpProblem 409 `too-many-bans`, 503 */
  ban(target: BanTarget, ban: Omit<Ban, 'target' | 'at'>, onEnded: OnEnded): Promise<Operation> {
    const { store, clock } = this.#parts;
    const put = async (keys: Keys): Promise<void> => {
      const whole = { ...ban, target: formatBanTarget(target), at: clock.now() };
      if ((await askForChange(store, (redis) => putBan(redis, keys, whole))) === 'full')
        throw new HttpProblem(409, 'too-many-bans', 'as many bans as there may be are in force');
    };
    return this.#order({ action: 'ban', by: ban.by, reason: ban.reason }, target, put, onEnded);
  }

  /** @throws HttpProblem 404 `ban-not-found`, 503 */
  unban(target: BanTarget, by: string, onEnded: OnEnded): Promise<Operation> {
    const name = formatBanTarget(target);
    const remove = async (keys: Keys): Promise<void> => {
      if (!(await askForChange(this.#parts.store, (redis) => removeBan(redis, keys, name))))
        throw new HttpProblem(404, 'ban-not-found', 'there is no such ban, or it is over');
    };
    return this.#order({ action: 'unban', by, reason: '' }, target, remove, onEnded);
  }

  async #order(
    facts: { action: 'ban' | 'unban'; by: string; reason: string },
    target: BanTarget,
    change: (keys: Keys) => Promise<void>,
    onEnded: OnEnded,
  ): Promise<Operation> {
    const named = { ...facts, target: formatBanTarget(target) };
    const { operation } = await orderNodes(
      { type: 'bans-changed', facts: named, change, onEnded },
      this.#parts,
    );
    if (target.kind === 'id') {
      const about = { device: target.id, epoch: 0, node: '', outcome: 'asked', ts: this.#parts.clock.now() };
      noteInHistory({ ...facts, ...about }, this.#parts);
    }
    return operation;
  }
}
