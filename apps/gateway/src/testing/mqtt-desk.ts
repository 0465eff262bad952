import { parseRedisUrl } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import { createLogger, ManualClock, systemClock } from '@tributary/runtime';
import { Acl } from '../admission/acl/acl.ts';
import { plainTraits } from '../admission/device-rules.ts';
import { silentAudit } from '../audit/audit-event.ts';
import { Claims } from '../cluster/claims.ts';
import { loadGatewayConfig } from '../config/config.ts';
import type { Connection } from '../connection/connection.ts';
import { Deadlines, tickMs } from '../connection/deadlines.ts';
import { InboundBytes } from '../connection/inbound-bytes.ts';
import { MqttConnection } from '../connection/mqtt-connection.ts';
import { OutboxFlusher } from '../connection/outbox.ts';
import { Counters } from '../counters.ts';
import { Downlink } from '../downlink/downlink.ts';
import { AccessControl } from '../session/access-control.ts';
import { Classes } from '../session/classes/classes.ts';
import type { AuthenticationMethod } from '../session/enhanced-auth.ts';
import { type IdentityServices, openDoor } from '../session/handshake/identity-services.ts';
import { unloaded } from '../session/handshake/load-services.ts';
import { SessionRegistry } from '../session/registry.ts';
import { Sessions } from '../session/sessions.ts';
import { Uplink } from '../uplink/uplink.ts';
import { DeviceDesk } from './device-desk.ts';
import { MemoryTransport } from './memory-transport.ts';
import { StoreDesk } from './store.ts';
import { until } from './until.ts';

const handshakeTimeoutMs = 10_000;

/** The way of MQTT devices into a node, without sockets and with a clock that stands still; Redis is real. */
export class MqttDesk {
  readonly clock = new ManualClock();
  readonly counters = new Counters();
  readonly registry = new SessionRegistry();
  /** Connections that are not sessions yet. */
  readonly greeting = new Set<Connection>();
  /** Errors nobody foresaw in a connection. */
  readonly bugs: unknown[] = [];
  /** Without rules; `configure` gives it some. */
  readonly classes: Classes;
  /** Everything is allowed until `access` is configured. */
  readonly acl: Acl;
  readonly access: AccessControl;
  readonly #lines: string[] = [];
  readonly #desk: StoreDesk;
  readonly #deadlines = new Deadlines(() => this.clock.monotonic());
  readonly #flusher = new OutboxFlusher();
  readonly #config = loadGatewayConfig({ env: {} }).config;
  readonly #logger = createLogger({
    level: 'info',
    destination: { write: (line) => void this.#lines.push(line) },
  });
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #sessions: Sessions;

  private constructor(desk: StoreDesk, methods: readonly AuthenticationMethod[], identity: IdentityServices) {
    this.#desk = desk;
    const { limits, uplink, sessions, mqtt, redis } = this.#config;
    const { store, keys } = desk;
    const connection = {
      url: desk.url,
      name: keys.namespace,
      connectTimeoutMs: redis.connectTimeoutMs,
      replyTimeoutMs: redis.replyTimeoutMs,
    };
    const { clock, counters, registry } = this;
    this.acl = new Acl(this.#config.acl);
    this.classes = new Classes({
      config: this.#config.classes,
      listeners: [],
      deviceClassOf: () => undefined,
      monotonic: () => clock.monotonic(),
    });
    const logger = this.#logger;
    const shared = { registry, counters, logger, now: () => clock.now(), nodeName: () => 'gw-1.test' };
    this.#uplink = new Uplink(
      {
        ...uplink,
        classes: this.#config.classes,
        ...connection,
        address: parseRedisUrl(desk.url),
        keys,
        monotonic: systemClock.monotonic,
      },
      counters,
      {
        onUp: () => {},
        onDown: () => {},
        onReplicatedUp: () => {},
        onReplicatedDown: () => {},
        onRefused: () => {},
        onSettledChunk: () => this.#flusher.flush(),
      },
    );
    this.#downlink = new Downlink({
      ...shared,
      connection,
      store,
      keys,
      queueLimits: this.#config.queues,
      retainedLimits: this.#config.retained,
      onRoom: () => {},
      retainAvailable: mqtt.retainAvailable,
      sharedStrategy: mqtt.sharedStrategy,
      access: this.#config.access,
    });
    const { subscriptions, router, retained } = this.#downlink;
    this.access = new AccessControl({
      ...{ ...shared, store, keys, subscriptions, acl: this.acl, audit: silentAudit },
      monotonic: () => clock.monotonic(),
    });
    const claims = new Claims(store, keys, logger);
    this.#sessions = new Sessions(
      {
        ...shared,
        limits,
        greeting: this.greeting,
        closedFor: () => undefined,
        isBanned: () => false,
        aclOf: (subject) => this.acl.of(subject),
        identity,
        traitsOf: () => plainTraits,
        classOf: (facts) => this.classes.classOf(facts),
        load: unloaded,
        historyLength: 64,
        onRefused: () => {},
        claim: (request) => claims.claim(request),
        abandon: () => {},
        takeOver: () => Promise.resolve(),
        maxExpirySeconds: sessions.maxExpirySeconds,
        window: limits.maxInflightUp,
        deliveryWindow: limits.maxInflightDown,
        uplinkMaxLength: uplink.streamMaxLength,
        goodbyeWaitMs: 0,
        onFiredWill: () => {},
        onBegun: (session, isPresent) => {
          this.classes.begin(session);
          subscriptions.begin(session, isPresent);
          this.access.begun(session);
        },
        onLeft: (session) => {
          this.classes.end(session);
          subscriptions.end(session);
        },
      },
      {
        ...shared,
        classes: this.classes,
        uplink: this.#uplink,
        limits,
        monotonic: systemClock.monotonic,
        onFinished: (session) => registry.finished(session),
        maxExpirySeconds: sessions.maxExpirySeconds,
        router,
        downstream: this.#downlink.services,
        markRouted: (session, packetId, message) => this.#downlink.markRouted(session, packetId, message),
        subscriptions,
        offers: mqtt,
        revealsDenials: true,
        responseInformation: '',
        authMethods: new Map(methods.map((method) => [method.name, method])),
        hasRetained: () => retained.count > 0,
        access: this.access,
        paceOf: () => undefined,
        onThrottled: () => {},
      },
      logger,
    );
  }

  /** `methods`: of enhanced authentication. */
  static async start(
    methods: readonly AuthenticationMethod[],
    identity: IdentityServices = openDoor,
  ): Promise<MqttDesk> {
    const desk = new MqttDesk(await new StoreDesk().started(), methods, identity);
    desk.#uplink.start();
    await until('the uplink to be up', () => desk.#uplink.isUp);
    await desk.#downlink.start();
    return desk;
  }

  async stop(): Promise<void> {
    this.#downlink.close();
    this.#uplink.close();
    await this.#desk.close();
  }

  /** A device at the other end of a new connection. */
  device(): DeviceDesk {
    const transport = new MemoryTransport();
    const { clock, counters } = this;
    const connection = new MqttConnection(transport, 'mqtt', {
      deadlines: this.#deadlines,
      flusher: this.#flusher,
      counters,
      inbound: new InboundBytes(1 << 20),
      limits: { ...this.#config.limits, handshakeTimeoutMs },
      now: () => clock.now(),
      onBug: (error) => this.bugs.push(error),
    });
    this.#sessions.acceptMqtt(connection);
    transport.attach(connection);
    return new DeviceDesk(transport);
  }

  /** Lets time pass, in the steps of the deadlines. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= tickMs) {
      this.clock.advance(Math.min(left, tickMs));
      this.#deadlines.tick();
    }
  }

  /** So much that a handshake has taken too long. */
  passHandshake(): void {
    this.pass(handshakeTimeoutMs + 2 * tickMs);
  }

  /** How often connections ended for `reason` so far. */
  ended(reason: CloseReason): number {
    return this.counters.disconnectsBy.get(reason) ?? 0;
  }

  /** Whether Redis was told that the device is here. */
  async isClaimed(clientId: string): Promise<boolean> {
    const { keys, redis } = this.#desk;
    return (await redis.hexists(keys.online(keys.partitionOf(clientId)), clientId)) === 1;
  }

  /** Lines of the log with that message. */
  logged(message: string): Record<string, unknown>[] {
    const lines = this.#lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return lines.filter(({ msg }) => msg === message);
  }
}
