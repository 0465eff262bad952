import type { CloseReason } from '@tributary/protocol';
import { anonymous } from '../admission/identity.ts';
import type { GatewayConfig } from '../config/config.ts';
import type { ConnectionServices } from '../connection/connection-services.ts';
import { Deadlines } from '../connection/deadlines.ts';
import { DeviceConnection } from '../connection/device-connection.ts';
import { MqttConnection } from '../connection/mqtt-connection.ts';
import { OutboxFlusher } from '../connection/outbox.ts';
import type { HandshakeServices } from '../session/handshake/services.ts';
import type { MqttSessionServices } from '../session/mqtt-session.ts';
import { Presence } from '../session/presence.ts';
import { SessionEnds } from '../session/session-ends.ts';
import { Sessions } from '../session/sessions.ts';
import { Listeners } from '../transports/listeners.ts';
import { auditConnected, auditDisconnected } from './audit-sessions.ts';
import { type Access, buildAccess } from './access-side.ts';
import type { IsChanged } from './changed-sections.ts';
import type { Ground } from './ground.ts';
import { handshakeSlice, sessionSlice } from './live-slices.ts';
import { buildResume } from './resume-side.ts';
import { enter } from './source-side.ts';
import type { OperatorSide } from './operator-side.ts';
import type { StreamSide } from './stream-side.ts';

/** Everything between devices and their sessions. */
export interface DeviceSide {
  readonly deadlines: Deadlines;
  readonly flusher: OutboxFlusher;
  readonly presence: Presence;
  readonly listeners: Listeners;
  /** Takes over what applies live, for devices that come from now on: the others keep what they were told. */
  configure(config: GatewayConfig, isChanged: IsChanged): void;
}

/** The other sides, as this one uses them. */
interface Sides {
  readonly config: GatewayConfig;
  readonly ground: Ground;
  readonly stream: StreamSide;
  readonly operators: OperatorSide;
}

/** Builds it; nothing runs yet. `closedFor` says why no device can be let in now. */
export function buildDeviceSide(sides: Sides, closedFor: () => CloseReason | undefined): DeviceSide {
  const deadlines = new Deadlines(sides.ground.monotonic);
  const flusher = new OutboxFlusher();
  const access = buildAccess(sides.config, sides.ground, sides.stream.downlink);
  const presence = buildPresence(sides, access);
  const resume = buildResume(sides.config, sides.ground, sides.operators);
  const sessions = new Sessions(
    handshakeServices(sides, access, presence, new SessionEnds(deadlines, sides.ground.now), closedFor),
    { ...sessionServices(sides, access, presence), resume },
    sides.ground.logger,
  );
  const forNew = { services: connectionServices(sides, deadlines, flusher) };
  const listeners = buildListeners(sides, forNew, sessions);
  const configure = (config: GatewayConfig, isChanged: IsChanged): void => {
    forNew.services = { ...forNew.services, limits: config.limits };
    sides.ground.inbound.configure(config.limits.maxInboundBytes);
    listeners.configure(config.limits);
    sessions.configure(handshakeSlice(config), sessionSlice(config));
    if (isChanged('acl')) access.control.configure(config.acl);
    if (isChanged('resume')) resume.configure(config.resume);
  };
  return { deadlines, flusher, presence, listeners, configure };
}

function buildPresence({ config, ground, stream }: Sides, access: Access): Presence {
  const { claims, control, downlink } = stream;
  return new Presence({
    ...ground,
    claims,
    control,
    uplinkMaxLength: config.uplink.streamMaxLength,
    historyLength: config.quality.historyLength,
    onFiredWill: (clientId, entry) => downlink.fired(clientId, entry),
    onDeniedWill: (session, topic) => access.control.denied(session, 'publish', topic),
    onReleased: (session) => downlink.released(session),
    ...config.presence,
  });
}

function connectionServices(
  { config, ground }: Sides,
  deadlines: Deadlines,
  flusher: OutboxFlusher,
): ConnectionServices {
  const { counters, inbound, now, logger } = ground;
  return {
    deadlines,
    flusher,
    counters,
    inbound,
    limits: config.limits,
    now,
    onBug: (error, { transport, listener }) =>
      logger.error({ err: error, address: transport.remoteAddress, listener }, 'fault in a connection'),
  };
}

function buildListeners(
  { config, ground, operators }: Sides,
  forNew: { readonly services: ConnectionServices },
  sessions: Sessions,
): Listeners {
  const listeners = new Listeners(config.listeners, config.limits, {
    onMqtt: (transport, listener) => {
      const mqtt = new MqttConnection(transport, listener, forNew.services);
      sessions.acceptMqtt(mqtt);
      transport.attach(mqtt);
    },
    onDevice: (transport, listener) => {
      const device = new DeviceConnection(transport, listener, forNew.services);
      sessions.acceptDevice(device);
      transport.attach(device);
    },
    enter: (address, listener, isSecuring) => enter(operators, address, listener, isSecuring),
    onRefused: (reason, address, listener, detail) => {
      operators.operations.turnedAway(reason, address, listener);
      const level = badProxyWords.has(reason) ? 'info' : 'debug';
      ground.logger[level]({ reason, detail, address, listener }, 'connection refused');
    },
    onForwardedIgnored: () => ground.counters.forwardedIgnored++,
    tls: operators.tls,
    now: ground.now,
  });
  operators.tls.attach(listeners);
  return listeners;
}

/** What a trusted proxy does wrong is worth a line; strangers get no log to fill. */
const badProxyWords: ReadonlySet<CloseReason> = new Set(['bad-proxy-header', 'bad-forwarded-header']);

function handshakeServices(
  { config, ground, stream, operators }: Sides,
  access: Access,
  presence: Presence,
  ends: SessionEnds,
  closedFor: () => CloseReason | undefined,
): HandshakeServices {
  const { takeoverWaitMs } = config.presence;
  const { claims, control, downlink } = stream;
  const { operations, quality } = operators;
  return {
    ...ground,
    ...handshakeSlice(config),
    closedFor,
    isBanned: (clientId, address, user) => operations.bans.has(clientId, address, user),
    aclOf: (subject) => access.acl.of(subject),
    onRefused: (reason, address, clientId, facts) =>
      operations.onRefused({ reason, address, clientId, ...facts }),
    identity: ground.identity.services(ends),
    load: operators.overload.load,
    claim: (request) => claims.claim(request),
    abandon: (attempt) => presence.abandon(attempt),
    takeOver: (owner, clientId, epoch) => control.takeOver(owner, clientId, epoch, takeoverWaitMs),
    uplinkMaxLength: config.uplink.streamMaxLength,
    historyLength: config.quality.historyLength,
    traitsOf: (clientId, tags) => ground.devices.traitsOf(clientId, tags),
    classOf: (facts) => ground.classes.classOf(facts),
    goodbyeWaitMs: takeoverWaitMs,
    onFiredWill: (clientId, entry) => downlink.fired(clientId, entry),
    onBegun: (session, isPresent) => {
      auditConnected(ground.audit, session);
      session.connection.transport.welcomed(session.identity.by !== anonymous.by);
      ground.classes.begin(session);
      quality.begin(session);
      operations.onBegun(session);
      operators.automaticBans.onBegun(session);
      downlink.subscriptions.begin(session, isPresent);
      access.control.begun(session);
      ground.identity.credentials.begun(session);
      ground.throttling.begin(session);
      operators.overload.fit(session);
    },
    onLeft: (session) => {
      session.connection.transport.parted();
      ends.forget(session);
      operators.overload.left(session);
      ground.throttling.end(session);
      auditDisconnected(ground.audit, session);
      ground.classes.end(session);
      quality.end(session);
      downlink.subscriptions.end(session);
      operations.onLeft(session);
      operators.automaticBans.onLeft(session);
    },
  };
}

/** Used for each message: written out, so that it is one plain object. */
function sessionServices(
  { config, ground, stream }: Sides,
  access: Access,
  presence: Presence,
): MqttSessionServices {
  const { uplink, downlink } = stream;
  const { router, subscriptions, retained, services: downstream } = downlink;
  return {
    uplink,
    counters: ground.counters,
    classes: ground.classes,
    ...sessionSlice(config),
    now: ground.now,
    monotonic: ground.monotonic,
    onFinished: (session) => presence.finished(session),
    router,
    downstream,
    markRouted: (session, packetId, message) => downlink.markRouted(session, packetId, message),
    subscriptions,
    access: access.control,
    authMethods: new Map(),
    hasRetained: () => retained.count > 0,
    paceOf: (session) => ground.throttling.paceOf(session),
    onThrottled: ground.throttling.note,
  };
}
