import type { Keys, OperatorsChange, Store } from '@tributary/backplane';
import type { Clock, Logger } from '@tributary/runtime';
import { ask, askForChange } from '../redis/ask.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import { AuditLog, auditEntries, type Actor, type AuditFacts } from './audit-log.ts';
import type { Credential } from './credentials.ts';
import { FirstOperator, type FirstOperatorOptions } from './first-operator.ts';
import { HashDesk } from './hash-desk.ts';
import { OperatorBook, type Page } from './operator-book.ts';
import type { ScryptCost } from './password-hash.ts';
import { rightsOf, type RightsSources } from './rights.ts';
import { Sessions, type SessionLimits } from './sessions.ts';
import type { SignedIn } from './signed-in.ts';
import { WriteBudget } from './write-budget.ts';

export interface AccessParts {
  store: Store;
  keys: Keys;
  clock: Clock;
  logger: Logger;
}

export interface AccessOptions extends FirstOperatorOptions {
  session: SessionLimits;
  cost: ScryptCost;
}

/** How a long-lived connection learns that its rights have ended. */
export interface Watch {
  /** `ended`: whoever it was is no longer signed in; `changed`: they are, with other rights. */
  state(): 'held' | 'changed' | 'ended';
  /** Call it when the connection has closed. */
  end(): void;
}

const beatMs = 1000;
/** Since when a token was last used is written no more often than this. */
const tokenUseMs = 60_000;

/** Who may do what: operators, their sessions and tokens, and the audit of what they do. */
export class Access {
  readonly book: OperatorBook;
  readonly sessions: Sessions;
  readonly throttle: AttemptThrottle;
  readonly desk: HashDesk;
  readonly auditLog: AuditLog;
  readonly writes: WriteBudget;
  readonly #parts: AccessParts;
  readonly #sources: RightsSources;
  readonly #first: FirstOperator;
  /** Sessions behind open connections; with each, how many. */
  readonly #watched = new Map<string, number>();
  readonly #tokenUses = new Map<string, number>();
  readonly #beatNow = (): void => void this.beat();
  /** Settles when operators have been read for the first time. */
  readonly known: Promise<void>;
  #onKnown: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  #beating: Promise<void> | undefined;

  constructor(parts: AccessParts, options: AccessOptions) {
    this.#parts = parts;
    this.known = new Promise((resolve) => (this.#onKnown = resolve));
    this.book = new OperatorBook(parts.keys, parts.logger);
    this.sessions = new Sessions(parts, options.session);
    this.throttle = new AttemptThrottle(parts.clock);
    this.desk = new HashDesk(options.cost);
    this.auditLog = new AuditLog(parts);
    this.writes = new WriteBudget(parts.clock);
    this.#first = new FirstOperator(this, options);
    this.#sources = { book: this.book, sessions: this.sessions, clock: parts.clock };
  }

  /** Begins to follow Redis: whatever another process changes counts here within a second. */
  start(): void {
    this.#parts.store.on('up', this.#beatNow);
    this.#timer = setInterval(this.#beatNow, beatMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#parts.store.off('up', this.#beatNow);
    await this.#beating;
  }

  /** Looks whether operators, tokens or watched sessions have changed. One at a time; never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#look().finally(() => (this.#beating = undefined));
    return this.#beating;
  }

  /**
   * Who a credential belongs to, with the rights they have now; undefined when nobody's.
   * @throws HttpProblem 503 `redis-away` when Redis is away and the credential was not seen lately
   */
  async identify(credential: Credential): Promise<SignedIn | undefined> {
    if (!this.book.isLoaded) await this.refresh();
    const session = credential.kind === 'session' ? await this.sessions.find(credential.digest) : undefined;
    const known = rightsOf(this.#sources, credential);
    // Another admin process may have made the operator or the token a moment ago.
    const isNews = known === undefined && this.#mayBeNews(credential, session !== undefined);
    if (isNews) await this.refresh();
    if (credential.kind === 'token') this.#noteUse(credential.digest);
    return isNews ? rightsOf(this.#sources, credential) : known;
  }

  /** Sees at once what other processes have changed. @throws HttpProblem 503 `redis-away` */
  async refresh(): Promise<void> {
    await ask(this.#parts.store, (redis) => this.book.refresh(redis));
  }

  /** Watches on behalf of an open connection whether a credential still stands for the same rights. */
  watch(credential: Credential, granted: SignedIn): Watch {
    if (credential.kind === 'session') this.#count(credential.digest, 1);
    let isOpen = true;
    return {
      state: () => {
        const now = rightsOf(this.#sources, credential);
        if (now === undefined) return 'ended';
        return haveSameRights(now, granted) ? 'held' : 'changed';
      },
      end: () => {
        if (isOpen && credential.kind === 'session') this.#count(credential.digest, -1);
        isOpen = false;
      },
    };
  }

  /**
   * Changes operators or tokens and writes the audit, both or neither.
   * @param edit sees the newest state; may throw to refuse, or answer undefined to leave all as it is
   * @returns whether anything was changed
   */
  async change(
    actor: Actor,
    facts: AuditFacts,
    edit: (page: Page) => readonly OperatorsChange[] | undefined,
  ): Promise<boolean> {
    const audit = { fields: this.auditLog.fieldsOf(actor, facts), maxEntries: auditEntries };
    return askForChange(this.#parts.store, (redis) => this.book.change(redis, edit, audit));
  }

  async #look(): Promise<void> {
    const { store, logger } = this.#parts;
    if (!store.isUp) return;
    try {
      await this.book.refresh(store.redis);
      await this.sessions.recheck(store.redis, [...this.#watched.keys()]);
      await this.#first.look();
      this.#onKnown();
      this.#isFailing = false;
    } catch (error) {
      // The store itself says when Redis is away; anything else is said once until it is over.
      if (store.isUp && !this.#isFailing) logger.warn({ err: error }, 'operators could not be read');
      this.#isFailing ||= store.isUp;
    }
  }

  /** A session Redis knows is worth a look; unknown tokens are, as many a second as unknown cookies. */
  #mayBeNews({ kind }: Credential, hasSession: boolean): boolean {
    if (!this.#parts.store.isUp) return false;
    if (kind === 'session') return hasSession;
    this.sessions.countLookup();
    return true;
  }

  #noteUse(digest: string): void {
    const { store, keys, clock } = this.#parts;
    const id = this.book.tokenIdOf(digest);
    const now = clock.now();
    if (id === undefined || !store.isUp || now - (this.#tokenUses.get(id) ?? 0) < tokenUseMs) return;
    this.#tokenUses.set(id, now);
    for (const known of this.#tokenUses.keys()) {
      if (!this.book.page.tokens.has(known)) this.#tokenUses.delete(known);
    }
    store.redis.hset(keys.operatorTokenUses, id, now).catch(() => undefined);
  }

  #count(digest: string, by: 1 | -1): void {
    const count = (this.#watched.get(digest) ?? 0) + by;
    if (count > 0) this.#watched.set(digest, count);
    else this.#watched.delete(digest);
  }
}

function haveSameRights(a: SignedIn, b: SignedIn): boolean {
  return a.name === b.name && a.role === b.role && a.canReadPayload === b.canReadPayload;
}
