import { randomBytes } from 'node:crypto';
import { isReplyError } from '@tributary/backplane';
import { type CloseReason, ProtocolError } from '@tributary/protocol';
import { withDeadline } from '@tributary/runtime';
import { admit } from '../../admission/admission.ts';
import { anonymous } from '../../admission/identity.ts';
import type { Connection } from '../../connection/connection.ts';
import type { SessionStart } from '../session-start.ts';
import { type Attempt, leaveQuietly, refuse } from './attempt.ts';
import { checkLoad, suitKeepAlive } from './check-load.ts';
import { keepKey } from './coming-back.ts';
import type { Greeting } from './greeting.ts';
import { aclOf, checkWill } from './check-will.ts';
import { checkIdentity, prove } from './prove.ts';
import type { HandshakeServices } from './services.ts';

type Step = (attempt: Attempt) => CloseReason | undefined | Promise<CloseReason | undefined>;

/** The order in which a device comes in; each step may refuse. Redis is asked once, by `claim`. */
const steps: readonly Step[] = [
  checkNode,
  identify,
  checkBan,
  prove,
  checkBan, // of who it turned out to be
  checkIdentity,
  describe,
  checkWill,
  checkLoad,
  waitForGoodbye,
  claim,
  suitKeepAlive,
  takeOver,
  keepKey,
  checkBan, // it may have come meanwhile, when there was no session yet to be ended
  checkIdentity,
  enter,
];

/** Takes a device from its greeting to its session, or to a refusal. Never throws. */
export async function shakeHands(
  connection: Connection,
  greeting: Greeting,
  services: HandshakeServices,
): Promise<void> {
  const nonce = randomBytes(9).toString('base64url');
  const attempt: Attempt = { connection, greeting, services, nonce, identity: anonymous };
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
  return undefined;
}

function describe(attempt: Attempt): undefined {
  const { services, greeting, identity, connection } = attempt;
  const { clientId } = attempt.admitted!;
  const traits = services.traitsOf(clientId, greeting.tags);
  const serviceClass = services.classOf({ clientId, listener: connection.listener, identity });
  // Most devices share their traits: those are one object.
  attempt.traits = traits.class === serviceClass ? traits : { ...traits, class: serviceClass };
}

function checkBan({ admitted, identity, greeting, connection, services }: Attempt): CloseReason | undefined {
  // Before it has shown who it is, it is judged by the name it gives itself.
  const user = identity.user ?? greeting.introduction.user;
  return services.isBanned(admitted!.clientId, connection.transport.remoteAddress, user)
    ? 'banned'
    : undefined;
}

/**
 * An earlier connection that has ended is let go first, where it takes only a moment: else the claim would find it alive, and
 * fire the will of a device that said goodbye.
 */
function waitForGoodbye({ admitted, services }: Attempt): Promise<undefined> | undefined {
  const ending = services.registry.ending(admitted!.clientId);
  if (ending.length === 0) return undefined;
  const finished = Promise.all(ending.map((session) => session.finished())).then(() => undefined);
  return withDeadline(finished, services.goodbyeWaitMs, () => undefined);
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
  const { connection, greeting, services } = attempt;
  const { registry, counters } = services;
  const admitted = attempt.admitted!;
  const claimed = attempt.claim!;
  if (registry.isSuperseded(admitted.clientId, claimed.epoch)) return 'superseded';
  const start = startOf(attempt);
  const session = greeting.createSession(start);
  services.greeting.delete(connection);
  session.onEnded = () => {
    registry.ended(session);
    services.onLeft(session);
  };
  counters.connects++;
  counters.connectionsChanged(connection.listener, connection.protocol, 1);
  registry.add(session);
  const { expiresAt } = session.identity;
  if (expiresAt !== undefined) services.identity.endAt(session, expiresAt, 'credentials-expired');
  services.onBegun(session, claimed.sessionPresent);
  greeting.welcome(start, admitted, claimed, attempt.resumeUntil);
  // The answer itself may have been too much for the device.
  if (session.endedBy !== undefined) return undefined;
  session.resume();
  // Entries written while the claim was on its way were told to nobody.
  if (registry.wasRung(admitted.clientId)) session.look();
  if (session.isOpen) connection.activate(admitted.keepAliveSeconds * 1000);
  return undefined;
}

/** What its session starts with. */
function startOf(attempt: Attempt): SessionStart {
  const { admitted, claim: claimed, traits, identity, greeting, services, nonce } = attempt;
  const { clientId, isTransient } = admitted!;
  const { epoch, link, receiving, subscriptions, queue, sessionPresent } = claimed!;
  const expiry = expiryInForce(greeting.sessionExpiry, services.maxExpirySeconds);
  return {
    clientId,
    epoch,
    nonce,
    connectedAt: services.now(),
    expiry,
    window: services.window,
    isTransient,
    traits: traits!,
    identity,
    acl: aclOf(attempt),
    willTopic: greeting.willTopic,
    link,
    receiving,
    subscriptions,
    isPersistent: expiry > 0 || sessionPresent,
    isResumed: sessionPresent,
    queue,
    deliveryWindow: Math.min(greeting.receiveMaximum, services.deliveryWindow),
  };
}

function expiryInForce(asked: number, maximum: number): number {
  return Math.min(asked, maximum);
}
