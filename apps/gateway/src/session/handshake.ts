import { randomBytes } from 'node:crypto';
import { type Claim, type ClaimRequest, isReplyError } from '@tributary/backplane';
import { adviceOf, type CloseReason, ProtocolError } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { DeviceTraits } from '../admission/device-rules.ts';
import { admit, type Admitted, type AdmissionLimits, type Introduction } from '../admission/admission.ts';
import type { Connection } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { SessionRegistry } from './registry.ts';
import type { Session, SessionStart } from './session.ts';

/** What the handshake needs of the node. */
export interface HandshakeServices {
  readonly limits: AdmissionLimits;
  readonly registry: SessionRegistry;
  /** Connections that are not sessions yet. */
  readonly greeting: Set<Connection>;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly now: () => number;
  /** This node's `id.incarnation` now. */
  readonly nodeName: () => string;
  /** Why no device can be let in now, or undefined. */
  readonly closedFor: () => CloseReason | undefined;
  /** What is known of a device, with the tags it names itself. */
  readonly traitsOf: (clientId: string, tags: Iterable<readonly [string, unknown]>) => DeviceTraits;
  /** About how many lines the timeline of a device keeps. */
  readonly historyLength: number;
  /** Whether an operator keeps this client id out, or whoever comes from this `address:port`. */
  readonly isBanned: (clientId: string, address: string) => boolean;
  /** Somebody was turned away; `clientId` as far as it is known. */
  readonly onRefused: (reason: CloseReason, address: string, clientId: string | undefined) => void;
  readonly claim: (request: ClaimRequest) => Promise<Claim>;
  /**
   * Ends a claim that no session will hold. It was the newest all the same, so whoever it superseded ends too. Without
   * `claim` its outcome is unknown: then both happen only if it had been made.
   */
  readonly abandon: (attempt: AbandonedClaim) => void;
  /** Asks another node to give up the device; resolves when it has, or after its bound. */
  readonly takeOver: (owner: string, clientId: string, epoch: number) => Promise<void>;
  readonly maxExpirySeconds: number;
  readonly window: number;
  /** Messages above QoS 0 that may be with a device unacknowledged. */
  readonly deliveryWindow: number;
  readonly uplinkMaxLength: number;
  /** Longest wait for an earlier connection that has ended and still waits for Redis, ms. */
  readonly goodbyeWaitMs: number;
  /** The claim fired the will of an earlier connection, as this entry of `up`. */
  readonly onFiredWill: (clientId: string, entry: string) => void;
  /** A session begins on this node. */
  readonly onBegun: (session: Session, isPresent: boolean) => void;
  /** Its connection has ended. */
  readonly onLeft: (session: Session) => void;
}

/** A claim, made or perhaps made, whose connection came to nothing. */
export interface AbandonedClaim {
  readonly clientId: string;
  readonly nonce: string;
  readonly reason: CloseReason;
  readonly isTransient: boolean;
  readonly claim: Claim | undefined;
}

/** The protocol's own part: how a device is answered, and what kind of session it gets. */
export interface Greeting {
  readonly introduction: Introduction;
  /** Tags the device names, unchecked. */
  readonly tags: Iterable<readonly [name: string, value: unknown]>;
  /** Seconds the device asks its session to stay; 4294967295 is for ever. */
  readonly sessionExpiry: number;
  /** The message to be sent when the device is lost, as Redis keeps it; `now` in Unix ms. */
  will(clientId: string, now: number): Buffer | undefined;
  /** Messages above QoS 0 the device takes unacknowledged. */
  readonly receiveMaximum: number;
  /**
   * Lets the device show that it is `clientId`, packet by packet; answers why not. Need not settle when the connection ends.
   * A ProtocolError refuses with its code.
   */
  authenticate?(clientId: string): Promise<CloseReason | undefined> | undefined;
  /** Answers no, before the connection is closed with the same reason. */
  refuse(reason: CloseReason): void;
  createSession(start: SessionStart): Session;
  /** Answers yes. */
  welcome(start: SessionStart, admitted: Admitted, claim: Claim): void;
}

/** One CONNECT or hello on its way to a session. */
interface Attempt {
  readonly connection: Connection;
  readonly greeting: Greeting;
  readonly services: HandshakeServices;
  readonly nonce: string;
  admitted?: Admitted;
  traits?: DeviceTraits;
  /** The registry watches for newer claims. */
  isClaiming?: boolean;
  claim?: Claim;
  /** The connection has ended. */
  onGone?: () => void;
}

type Step = (attempt: Attempt) => CloseReason | undefined | Promise<CloseReason | undefined>;

/** The order in which a device comes in; each step may refuse. Redis is asked once, by `claim`. */
const steps: readonly Step[] = [
  checkNode,
  identify,
  checkBan,
  authenticate,
  waitForGoodbye,
  claim,
  takeOver,
  checkBan, // it may have come meanwhile, when there was no session yet to be ended
  enter,
];

/** Takes a device from its greeting to its session, or to a refusal. Never throws. */
export async function shakeHands(
  connection: Connection,
  greeting: Greeting,
  services: HandshakeServices,
): Promise<void> {
  const attempt: Attempt = { connection, greeting, services, nonce: randomBytes(9).toString('base64url') };
  let gone: CloseReason | undefined;
  connection.onEnded = (reason) => {
    services.greeting.delete(connection);
    gone = reason;
    attempt.onGone?.();
  };
  try {
    for (const step of steps) {
      const answer = step(attempt);
      const refusal = answer instanceof Promise ? await answer : answer;
      if (gone !== undefined) return leaveQuietly(attempt, gone);
      if (refusal !== undefined) return refuse(attempt, refusal);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError))
      services.logger.error({ err: error, address: connection.transport.remoteAddress }, 'handshake failed');
    if (gone !== undefined) leaveQuietly(attempt, gone);
    else if (error instanceof ProtocolError) refuse(attempt, error.code, error.message);
    else refuse(attempt, 'internal-error');
  } finally {
    if (attempt.isClaiming) services.registry.claimEnds(attempt.admitted!.clientId);
  }
}

function checkNode({ services }: Attempt): CloseReason | undefined {
  return services.closedFor();
}

function identify(attempt: Attempt): CloseReason | undefined {
  const answer = admit(attempt.greeting.introduction, attempt.services.limits);
  if ('refusal' in answer) return answer.refusal;
  attempt.admitted = answer;
  attempt.traits = attempt.services.traitsOf(answer.clientId, attempt.greeting.tags);
  return undefined;
}

function checkBan({ admitted, connection, services }: Attempt): CloseReason | undefined {
  return services.isBanned(admitted!.clientId, connection.transport.remoteAddress) ? 'banned' : undefined;
}

/** Takes as many packets as it needs; the deadline of the handshake goes on. Nobody waits for it once the device is gone. */
function authenticate(attempt: Attempt): Promise<CloseReason | undefined> | undefined {
  const proof = attempt.greeting.authenticate?.(attempt.admitted!.clientId);
  if (proof === undefined) return undefined;
  const left = new Promise<undefined>((resolve) => (attempt.onGone = () => resolve(undefined)));
  return Promise.race([proof, left]);
}

/**
 * An earlier connection that has ended is let go first, where it takes only a moment: else the claim would find it alive, and
 * fire the will of a device that said goodbye.
 */
function waitForGoodbye({ admitted, services }: Attempt): Promise<undefined> | undefined {
  const ending = services.registry.ending(admitted!.clientId);
  if (ending.length === 0) return undefined;
  return settledWithin(Promise.all(ending.map((session) => session.finished())), services.goodbyeWaitMs);
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<undefined> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
  return undefined;
}

async function claim(attempt: Attempt): Promise<CloseReason | undefined> {
  const { connection, greeting, services, nonce } = attempt;
  const { clientId, keepAliveSeconds, isTransient } = attempt.admitted!;
  const { class: serviceClass, isSleepy, tags } = attempt.traits!;
  services.registry.claimBegins(clientId);
  attempt.isClaiming = true;
  try {
    attempt.claim = await services.claim({
      clientId,
      nonce,
      node: services.nodeName(),
      now: services.now(),
      cleanStart: greeting.introduction.cleanStart,
      sessionExpiry: expiryInForce(greeting.sessionExpiry, services.maxExpirySeconds),
      protocol: connection.protocol,
      transport: connection.transport.kind,
      listener: connection.listener,
      address: connection.transport.remoteAddress,
      class: serviceClass,
      keepAlive: keepAliveSeconds,
      will: greeting.will(clientId, services.now()),
      uplinkMaxLength: services.uplinkMaxLength,
      tags,
      isSleepy,
      historyLength: services.historyLength,
    });
    const { firedWill } = attempt.claim;
    if (firedWill !== undefined) services.onFiredWill(clientId, firedWill);
    return undefined;
  } catch (error) {
    services.logger.debug({ err: error, device: clientId }, 'claim failed');
    // Without an answer it may have been carried out all the same; an error of Redis's own says it was not.
    if (!isReplyError(error)) {
      services.abandon({ clientId, nonce, reason: 'store-unavailable', isTransient, claim: undefined });
    }
    return 'store-unavailable';
  }
}

async function takeOver(attempt: Attempt): Promise<CloseReason | undefined> {
  const { services } = attempt;
  const { epoch, previous } = attempt.claim!;
  const { clientId } = attempt.admitted!;
  // An older connection of this node is closed by the registry; what it sent goes ahead on the same link.
  if (previous !== undefined && previous.node !== services.nodeName()) {
    await services.takeOver(previous.node, clientId, epoch);
  }
  return undefined;
}

function enter(attempt: Attempt): CloseReason | undefined {
  const { connection, greeting, services, nonce } = attempt;
  const { registry, counters } = services;
  const admitted = attempt.admitted!;
  const claimed = attempt.claim!;
  if (registry.isSuperseded(admitted.clientId, claimed.epoch)) return 'superseded';
  const expiry = expiryInForce(greeting.sessionExpiry, services.maxExpirySeconds);
  const start: SessionStart = {
    clientId: admitted.clientId,
    epoch: claimed.epoch,
    nonce,
    connectedAt: services.now(),
    expiry,
    window: services.window,
    isTransient: admitted.isTransient,
    traits: attempt.traits!,
    link: claimed.link,
    receiving: claimed.receiving,
    subscriptions: claimed.subscriptions,
    isPersistent: expiry > 0 || claimed.sessionPresent,
    isResumed: claimed.sessionPresent,
    queue: claimed.queue,
    deliveryWindow: Math.min(greeting.receiveMaximum, services.deliveryWindow),
  };
  const session = greeting.createSession(start);
  services.greeting.delete(connection);
  session.onEnded = () => {
    registry.ended(session);
    services.onLeft(session);
  };
  counters.connects++;
  counters.connectionsChanged(connection.listener, connection.protocol, 1);
  registry.add(session);
  services.onBegun(session, claimed.sessionPresent);
  greeting.welcome(start, admitted, claimed);
  // The answer itself may have been too much for the device.
  if (session.endedBy !== undefined) return undefined;
  session.resume();
  // Entries written while the claim was on its way were told to nobody.
  if (registry.wasRung(admitted.clientId)) session.look();
  if (session.isOpen) connection.activate(admitted.keepAliveSeconds * 1000);
  return undefined;
}

function expiryInForce(asked: number, maximum: number): number {
  return Math.min(asked, maximum);
}

/** The socket went away meanwhile: what was claimed is given back. */
function leaveQuietly(attempt: Attempt, reason: CloseReason): void {
  const { services, connection } = attempt;
  services.counters.disconnected(reason);
  services.logger.info(
    { reason, address: connection.transport.remoteAddress },
    'connection ended during its handshake',
  );
  abandon(attempt, reason);
}

function refuse(attempt: Attempt, reason: CloseReason, detail?: string): void {
  const { connection, greeting, services } = attempt;
  const clientId = attempt.admitted?.clientId;
  abandon(attempt, reason);
  services.counters.refusedFor(reason);
  services.onRefused(reason, connection.transport.remoteAddress, clientId);
  const { by } = adviceOf(reason);
  services.logger.info(
    { reason, by, detail, device: clientId, address: connection.transport.remoteAddress },
    'connection refused',
  );
  greeting.refuse(reason);
  connection.onEnded = () => services.greeting.delete(connection);
  connection.close(reason);
}

function abandon({ services, claim: made, admitted, nonce }: Attempt, reason: CloseReason): void {
  if (made === undefined || admitted === undefined) return;
  services.abandon({
    clientId: admitted.clientId,
    nonce,
    reason,
    isTransient: admitted.isTransient,
    claim: made,
  });
}
