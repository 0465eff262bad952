import type { CloseReason } from '@tributary/protocol';
import { DeviceRules } from '../admission/device-rules.ts';
import type { GatewayConfig } from '../config.ts';
import type { ConnectionServices } from '../connection/connection.ts';
import { Deadlines } from '../connection/deadlines.ts';
import { DeviceConnection } from '../connection/device-connection.ts';
import { MqttConnection } from '../connection/mqtt-connection.ts';
import { OutboxFlusher } from '../connection/outbox.ts';
import type { HandshakeServices } from '../session/handshake/services.ts';
import type { MqttSessionServices } from '../session/mqtt-session.ts';
import { Presence } from '../session/presence.ts';
import { Sessions } from '../session/sessions.ts';
import { Listeners } from '../transports/listeners.ts';
import type { Ground } from './ground.ts';
import type { OperatorSide } from './operator-side.ts';
import type { StreamSide } from './stream-side.ts';

/** Everything between devices and their sessions. */
export interface DeviceSide {
  readonly deadlines: Deadlines;
  readonly flusher: OutboxFlusher;
  readonly presence: Presence;
  readonly listeners: Listeners;
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
  const presence = buildPresence(sides);
  const sessions = new Sessions(
    handshakeServices(sides, presence, closedFor),
    sessionServices(sides, presence),
    sides.ground.logger,
  );
  const listeners = buildListeners(sides, connectionServices(sides, deadlines, flusher), sessions);
  return { deadlines, flusher, presence, listeners };
}

function buildPresence({ config, ground, stream }: Sides): Presence {
  const { claims, control, downlink } = stream;
  return new Presence({
    ...ground,
    claims,
    control,
    uplinkMaxLength: config.uplink.streamMaxLength,
    historyLength: config.quality.historyLength,
    onFiredWill: (clientId, entry) => downlink.fired(clientId, entry),
    onReleased: (session) => downlink.released(session),
    ...config.presence,
  });
}

function connectionServices(
  { config, ground }: Sides,
  deadlines: Deadlines,
  flusher: OutboxFlusher,
): ConnectionServices {
  const { counters, now, logger } = ground;
  return {
    deadlines,
    flusher,
    counters,
    limits: config.limits,
    now,
    onBug: (error, { transport, listener }) =>
      logger.error({ err: error, address: transport.remoteAddress, listener }, 'fault in a connection'),
  };
}

function buildListeners(
  { config, ground, operators: { operations } }: Sides,
  services: ConnectionServices,
  sessions: Sessions,
): Listeners {
  return new Listeners(config.listeners, config.limits, {
    onMqtt: (transport, listener) => {
      const mqtt = new MqttConnection(transport, listener, services);
      sessions.acceptMqtt(mqtt);
      transport.attach(mqtt);
    },
    onDevice: (transport, listener) => {
      const device = new DeviceConnection(transport, listener, services);
      sessions.acceptDevice(device);
      transport.attach(device);
    },
    mayEnter: (address) => operations.mayEnter(address),
    onUpgradeRefused: (address) => operations.turnedAway('not-authorized', address),
    onDropped: (listener, address) => {
      operations.turnedAway('server-busy', address);
      ground.logger.debug({ listener, reason: 'server-busy' }, 'connection refused');
    },
  });
}

function handshakeServices(
  { config, ground, stream, operators }: Sides,
  presence: Presence,
  closedFor: () => CloseReason | undefined,
): HandshakeServices {
  const { limits } = config;
  const { takeoverWaitMs } = config.presence;
  const { claims, control, downlink } = stream;
  const { operations, quality } = operators;
  const rules = new DeviceRules(config.devices, ground.counters);
  return {
    ...ground,
    limits,
    closedFor,
    isBanned: (clientId, address) => operations.bans.has(clientId, address),
    onRefused: (reason, address, clientId) => operations.onRefused({ reason, address, clientId }),
    claim: (request) => claims.claim(request),
    abandon: (attempt) => presence.abandon(attempt),
    takeOver: (owner, clientId, epoch) => control.takeOver(owner, clientId, epoch, takeoverWaitMs),
    maxExpirySeconds: config.sessions.maxExpirySeconds,
    window: limits.maxInflightUp,
    deliveryWindow: limits.maxInflightDown,
    uplinkMaxLength: config.uplink.streamMaxLength,
    historyLength: config.quality.historyLength,
    traitsOf: (clientId, tags) => rules.traitsOf(clientId, tags),
    goodbyeWaitMs: takeoverWaitMs,
    onFiredWill: (clientId, entry) => downlink.fired(clientId, entry),
    onBegun: (session, isPresent) => {
      quality.begin(session);
      operations.onBegun(session);
      downlink.subscriptions.begin(session, isPresent);
    },
    onLeft: (session) => {
      quality.end(session);
      downlink.subscriptions.end(session);
      operations.onLeft(session);
    },
  };
}

/** Used for each message: written out, so that it is one plain object. */
function sessionServices({ config, ground, stream }: Sides, presence: Presence): MqttSessionServices {
  const { uplink, downlink } = stream;
  const { router, subscriptions, retained, services: downstream } = downlink;
  return {
    uplink,
    counters: ground.counters,
    limits: config.limits,
    now: ground.now,
    monotonic: ground.monotonic,
    onFinished: (session) => presence.finished(session),
    maxExpirySeconds: config.sessions.maxExpirySeconds,
    router,
    downstream,
    markRouted: (session, packetId, message) => downlink.markRouted(session, packetId, message),
    subscriptions,
    offers: config.mqtt,
    revealsDenials: config.access.refusal === 'not-authorized',
    responseInformation: config.mqtt.responseInformation,
    authMethods: new Map(),
    hasRetained: () => retained.count > 0,
  };
}
