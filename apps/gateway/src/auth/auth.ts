import type { Logger } from '@tributary/runtime';
import { anonymous, type Identity } from '../admission/identity.ts';
import type { Binding } from '../config/auth-words.ts';
import type { Authenticator, Credentials } from './authenticator.ts';
import { mayUse } from './binding.ts';
import { askChain, type Asked, askedOf, type Judged } from './chain.ts';
import { refused } from './verdicts.ts';

/** An authenticator with what it was made of, so that a change of the others leaves it and what it remembers alone. */
interface ChainLink {
  /** Its options as text: the same text is the same authenticator. */
  readonly options: string;
  readonly authenticator: Authenticator;
}

/** How devices show who they are, as the configuration says it now. */
export interface AuthPlan {
  readonly chain: readonly { readonly options: string; readonly make: () => Authenticator }[];
  /** Whether devices that show nothing are let in where the listener does not say. */
  readonly acceptsAnonymous: boolean;
  readonly binding: Binding;
  /** Listener → the only authenticators that are asked there; `anonymous` among them lets those in who show nothing. */
  readonly byListener: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds out who devices are: asks the chain of authenticators, and holds client ids to what it answers. Can be changed while
 * it runs; sessions whose authenticator is gone stay until they end.
 */
export class Auth {
  readonly #logger: Logger;
  readonly #onAsked: (asked: Asked) => void;
  #plan: AuthPlan;
  #links: readonly ChainLink[] = [];
  #isRunning = false;
  /** Authenticators that came with a change and are not ready yet: nobody is asked before they are. */
  #starting: Promise<unknown> | undefined;

  constructor(plan: AuthPlan, logger: Logger, onAsked: (asked: Asked) => void) {
    this.#logger = logger;
    this.#onAsked = onAsked;
    this.#plan = plan;
    this.#links = this.#linksOf(plan);
  }

  get binding(): Binding {
    return this.#plan.binding;
  }

  /** @throws when a file cannot be read: then the node must not start */
  async start(): Promise<void> {
    this.#isRunning = true;
    for (const { authenticator } of this.#links) await authenticator.start?.();
  }

  /** Idempotent. */
  stop(): void {
    this.#isRunning = false;
    for (const { authenticator } of this.#links) authenticator.stop?.();
  }

  /** Acts by another plan from the next device on. What stays as it was keeps what it remembers. Does not throw. */
  configure(plan: AuthPlan): void {
    const before = this.#links;
    this.#plan = plan;
    this.#links = this.#linksOf(plan);
    const added = this.#links.filter(
      ({ authenticator }) => !before.some((old) => old.authenticator === authenticator),
    );
    if (this.#isRunning && added.length > 0)
      this.#starting = Promise.all([
        this.#starting,
        ...added.map((link) => this.#startLate(link.authenticator)),
      ]).then(() => undefined);
    for (const { authenticator } of before) {
      if (!this.#links.some((link) => link.authenticator === authenticator)) authenticator.stop?.();
    }
  }

  /** Who the device is, by the authenticators of its listener and the binding of its client id. Never rejects. */
  authenticate(credentials: Credentials): Judged | Promise<Judged> {
    const named = this.#plan.byListener.get(credentials.listener);
    const authenticators = this.#links.map(({ authenticator }) => authenticator);
    const asked = authenticators.filter(({ name }) => named?.includes(name) ?? true);
    const acceptsAnonymous = named?.includes('anonymous') ?? this.#plan.acceptsAnonymous;
    return asked.length === 0 && acceptsAnonymous
      ? this.#anonymous()
      : this.#ask(asked, credentials, acceptsAnonymous);
  }

  /** Whether somebody who came in by an authenticator of now would still be known; undefined when nobody can tell. */
  vouchesFor(identity: Identity): boolean | undefined {
    const link = this.#links.find(({ authenticator }) => authenticator.name === identity.by);
    return link?.authenticator.vouchesFor?.(identity);
  }

  /** Authenticators devices wait for, and how many do. */
  *queues(): Generator<[name: string, waiting: number]> {
    for (const { authenticator } of this.#links) {
      if (authenticator.waiting !== undefined) yield [authenticator.name, authenticator.waiting];
    }
  }

  /** Authenticators with a server of their own, and whether that is left alone because it fails. */
  *servers(): Generator<[name: string, isDown: boolean]> {
    for (const { authenticator } of this.#links) {
      const isDown = authenticator.isServerDown?.();
      if (isDown !== undefined) yield [authenticator.name, isDown];
    }
  }

  /**
   * Whether an identity somebody was given before would still be taken for that client id on that listener: its authenticator is
   * asked there, has what was shown in force and vouches for it, and the binding allows the id. Rejects when Redis is away.
   */
  async stillTakes(identity: Identity, clientId: string, listener: string): Promise<boolean> {
    const named = this.#plan.byListener.get(listener);
    const link = this.#links.find(({ authenticator }) => authenticator.name === identity.by);
    if (link === undefined || named?.includes(identity.by) === false) return false;
    if (!mayUse(clientId, identity, this.binding)) return false;
    const { authenticator } = link;
    return (
      authenticator.vouchesFor?.(identity) !== false && (await authenticator.isInForce?.(identity)) !== false
    );
  }

  /** The credential of its own a device came in with; undefined when somebody else vouches for it. */
  credentialOf(identity: Identity): string | undefined {
    const link = this.#links.find(({ authenticator }) => authenticator.name === identity.by);
    return link?.authenticator.credentialOf?.(identity);
  }

  #anonymous(): Judged {
    const verdict = { kind: 'accepted', identity: anonymous } as const;
    this.#onAsked(askedOf('anonymous', verdict));
    return { by: 'anonymous', verdict };
  }

  /** Anonymous, beside a chain, are those nobody knows who show nothing: a wrong password must not be better than none. */
  async #ask(
    asked: readonly Authenticator[],
    credentials: Credentials,
    acceptsAnonymous: boolean,
  ): Promise<Judged> {
    if (this.#starting !== undefined) await this.#starting;
    const judged = await askChain(asked, credentials, this.#onAsked);
    if (judged.by !== 'chain') return this.#bound(judged, credentials);
    const showsNothing = credentials.user === undefined && credentials.password === undefined;
    if (acceptsAnonymous && showsNothing) return this.#anonymous();
    this.#onAsked(askedOf('chain', judged.verdict));
    return judged;
  }

  #bound(judged: Judged, { clientId, isAssigned }: Credentials): Judged {
    const { by, verdict } = judged;
    if (verdict.kind !== 'accepted' || isAssigned || mayUse(clientId, verdict.identity, this.binding))
      return judged;
    const whose = verdict.identity.clientId === undefined ? 'user' : 'identity';
    const refusal = refused('not-authorized', `not a client id of this ${whose}`);
    this.#onAsked(askedOf('binding', refusal));
    return { by, verdict: refusal };
  }

  #linksOf({ chain }: AuthPlan): ChainLink[] {
    return chain.map(({ options, make }) => {
      const kept = this.#links.find((link) => link.options === options);
      return kept ?? { options, authenticator: make() };
    });
  }

  /** One that could not start refuses whoever it is asked about. */
  async #startLate(authenticator: Authenticator): Promise<void> {
    try {
      await authenticator.start?.();
    } catch (error) {
      this.#logger.error(
        { err: error, authenticator: authenticator.name },
        'an authenticator could not start',
      );
    }
  }
}
