import { Keys, parseRedisUrl, Store } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import { type Logger, systemClock } from '@tributary/runtime';
import { DeviceRules } from './admission/device-rules.ts';
import { Claims } from './cluster/claims.ts';
import { ControlInbox } from './cluster/control-inbox.ts';
import { enterStore } from './cluster/enter-store.ts';
import { ClusterNode } from './cluster/node.ts';
import type { GatewayConfig } from './config.ts';
import type { Connection, ConnectionServices } from './connection/connection.ts';
import { Deadlines } from './connection/deadlines.ts';
import { DeviceConnection } from './connection/device-connection.ts';
import { MqttConnection } from './connection/mqtt-connection.ts';
import { OutboxFlusher } from './connection/outbox.ts';
import { Counters } from './counters.ts';
import { Downlink } from './downlink/downlink.ts';
import { Keeping } from './keeping/keeping.ts';
import { type ListenerAddress, Listeners } from './transports/listeners.ts';
import { Metrics } from './metrics.ts';
import { registerQualityMetrics } from './metrics-quality.ts';
import { registerOperationsMetrics } from './metrics-operations.ts';
import { Operations } from './operations/operations.ts';
import { OpsServer } from './ops-server.ts';
import { sayReady } from './ready-line.ts';
import { Figures } from './session/figures.ts';
import { inboundBytes, nodeFigures, outboxBytes } from './session/node-figures.ts';
import { Presence } from './session/presence.ts';
import { Quality } from './session/quality/quality.ts';
import { SessionRegistry } from './session/registry.ts';
import { Sessions } from './session/sessions.ts';
import { drainSessions } from './session/stopping.ts';
import { Uplink } from './uplink/uplink.ts';
import { version } from './version.ts';

/** One gateway node: the only place that knows every part. Built in the order the bytes meet them. */
export class Gateway {
  readonly #config: GatewayConfig;
  readonly #logger: Logger;
  readonly #keys: Keys;
  readonly #counters = new Counters();
  readonly #deadlines = new Deadlines(systemClock.monotonic);
  readonly #flusher = new OutboxFlusher();
  readonly #registry = new SessionRegistry();
  /** Connections that are not sessions yet, to be closed when the node stops. */
  readonly #greeting = new Set<Connection>();
  readonly #store: Store;
  readonly #uplink: Uplink;
  readonly #claims: Claims;
  readonly #node: ClusterNode;
  readonly #control: ControlInbox;
  readonly #operations: Operations;
  readonly #listeners: Listeners;
  readonly #downlink: Downlink;
  readonly #presence: Presence;
  readonly #sessions: Sessions;
  readonly #figures: Figures;
  readonly #quality: Quality;
  readonly #keeping: Keeping;
  readonly #metrics: Metrics;
  readonly #ops: OpsServer;
  #state: 'starting' | 'serving' | 'stopping' = 'starting';
  #onUplinkUp: () => void = () => {};

  constructor(config: GatewayConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    const { redis, limits, uplink, presence } = config;
    const now = systemClock.now;
    const keys = (this.#keys = new Keys(redis.namespace, config.partitions));
    const connection = { url: redis.url, name: `tributary-${config.node.id}`, ...pick(redis) };

    this.#store = new Store(connection);
    this.#uplink = new Uplink(
      {
        ...uplink,
        ...pick(redis),
        address: parseRedisUrl(redis.url),
        name: `${connection.name}-uplink`,
        keys,
        monotonic: systemClock.monotonic,
      },
      this.#counters,
      {
        onUp: () => {
          logger.info('uplink is up');
          this.#onUplinkUp();
        },
        onDown: (why) => logger.warn({ why }, 'uplink is down'),
        onRefused: (reply) => logger.error({ reply }, 'Redis refused a message'),
        onSettledChunk: () => this.#flusher.flush(),
      },
    );
    this.#claims = new Claims(this.#store, keys, logger);
    this.#node = new ClusterNode({
      id: config.node.id,
      version,
      store: this.#store,
      keys,
      logger,
      now,
      recordSeconds: presence.transientRecordSeconds,
      state: () => this.#nodeState(),
      stats: () => {
        const figures = nodeFigures({
          counters: this.#counters,
          registry: this.#registry,
          uplink: this.#uplink,
          now,
          loopDelayMs: () => this.#metrics.loopDelayMs(),
          isStoreUp: () => this.#isStoreUp,
        });
        return { ...this.#quality.withBins(figures), ...this.#operations.figures() };
      },
      onLost: () => this.#closeAll('node-lost'),
      uplinkMaxLength: uplink.streamMaxLength,
      onFiredWills: (fired) => this.#downlink.firedAll(fired),
    });
    const nodeName = (): string => this.#node.name;
    this.#control = new ControlInbox(
      connection,
      this.#store,
      keys,
      logger,
      nodeName,
      (device, epoch, by) => void this.#presence.yield(device, epoch, by),
      (order) => this.#operations.onOrder(order),
    );
    this.#operations = new Operations({
      store: this.#store,
      keys,
      registry: this.#registry,
      greeting: this.#greeting,
      counters: this.#counters,
      logger,
      now,
      monotonic: systemClock.monotonic,
      nodeName,
    });

    this.#downlink = new Downlink({
      connection,
      store: this.#store,
      keys,
      registry: this.#registry,
      counters: this.#counters,
      logger,
      nodeName,
      queueLimits: config.queues,
      retainedLimits: config.retained,
      retainAvailable: config.mqtt.retainAvailable,
      sharedStrategy: config.mqtt.sharedStrategy,
      access: config.access,
      onRoom: () => this.#uplink.readOnWaiting(),
    });
    const { router, subscriptions, routes, retained, wills } = this.#downlink;
    const onFiredWill = (clientId: string, entry: string): void => this.#downlink.fired(clientId, entry);
    const uplinkMaxLength = uplink.streamMaxLength;
    const { historyLength } = config.quality;
    const rules = new DeviceRules(config.devices, this.#counters);
    this.#quality = new Quality({
      store: this.#store,
      keys,
      logger,
      nodeName,
      now,
      monotonic: systemClock.monotonic,
      counters: this.#counters,
      listeners: config.listeners,
      ...config.quality,
    });

    this.#presence = new Presence({
      registry: this.#registry,
      claims: this.#claims,
      control: this.#control,
      store: this.#store,
      keys,
      logger,
      now,
      nodeName,
      uplinkMaxLength,
      historyLength,
      onFiredWill,
      onReleased: (session) => this.#downlink.released(session),
      ...presence,
    });
    const services: ConnectionServices = {
      deadlines: this.#deadlines,
      flusher: this.#flusher,
      counters: this.#counters,
      limits,
      now,
      onBug: (error, from) =>
        logger.error(
          { err: error, address: from.transport.remoteAddress, listener: from.listener },
          'fault in a connection',
        ),
    };
    this.#listeners = new Listeners(config.listeners, limits, {
      onMqtt: (transport, listener) => {
        const mqtt = new MqttConnection(transport, listener, services);
        this.#sessions.acceptMqtt(mqtt);
        transport.attach(mqtt);
      },
      onDevice: (transport, listener) => {
        const device = new DeviceConnection(transport, listener, services);
        this.#sessions.acceptDevice(device);
        transport.attach(device);
      },
      mayEnter: (address) => this.#operations.mayEnter(address),
      onUpgradeRefused: (address) => this.#operations.turnedAway('not-authorized', address),
      onDropped: (listener, address) => {
        this.#operations.turnedAway('server-busy', address);
        logger.debug({ listener, reason: 'server-busy' }, 'connection refused');
      },
    });
    this.#sessions = new Sessions(
      {
        limits,
        registry: this.#registry,
        greeting: this.#greeting,
        counters: this.#counters,
        logger,
        now,
        nodeName,
        closedFor: () => this.#closedFor(),
        isBanned: (clientId, address) => this.#operations.bans.has(clientId, address),
        onRefused: (reason, address, clientId) => this.#operations.onRefused({ reason, address, clientId }),
        claim: (request) => this.#claims.claim(request),
        abandon: (claim) => this.#presence.abandon(claim),
        takeOver: (owner, clientId, epoch) =>
          this.#control.takeOver(owner, clientId, epoch, presence.takeoverWaitMs),
        maxExpirySeconds: config.sessions.maxExpirySeconds,
        window: limits.maxInflightUp,
        deliveryWindow: limits.maxInflightDown,
        uplinkMaxLength,
        historyLength,
        traitsOf: (clientId, tags) => rules.traitsOf(clientId, tags),
        goodbyeWaitMs: presence.takeoverWaitMs,
        onFiredWill,
        onBegun: (session, isPresent) => {
          this.#quality.begin(session);
          this.#operations.onBegun(session);
          subscriptions.begin(session, isPresent);
        },
        onLeft: (session) => {
          this.#quality.end(session);
          subscriptions.end(session);
          this.#operations.onLeft(session);
        },
      },
      {
        uplink: this.#uplink,
        counters: this.#counters,
        limits,
        now,
        monotonic: systemClock.monotonic,
        onFinished: (session) => this.#presence.finished(session),
        maxExpirySeconds: config.sessions.maxExpirySeconds,
        router,
        downstream: this.#downlink.services,
        markRouted: (session, packetId, message) => this.#downlink.markRouted(session, packetId, message),
        subscriptions,
        offers: config.mqtt,
        revealsDenials: config.access.refusal === 'not-authorized',
        responseInformation: config.mqtt.responseInformation,
        authMethods: new Map(),
        hasRetained: () => retained.count > 0,
      },
      logger,
    );
    this.#figures = new Figures({
      registry: this.#registry,
      store: this.#store,
      keys,
      nodeName,
      now,
      monotonic: systemClock.monotonic,
      logger,
      historyLength,
      news: this.#quality.news,
      changedBands: this.#quality.changedBands,
      ...presence,
    });
    this.#keeping = new Keeping({
      store: this.#store,
      keys,
      counters: this.#counters,
      logger,
      claims: this.#claims,
      retained,
      wills,
      uplinkMaxLength,
      nodeName,
      now,
      monotonic: systemClock.monotonic,
      recordSeconds: presence.transientRecordSeconds,
      onFiredWills: (fired) => this.#downlink.firedAll(fired),
    });
    this.#metrics = new Metrics(this.#counters, {
      isStoreUp: () => this.#isStoreUp,
      queuedBytes: () => this.#uplink.queuedBytes,
      inboundBytes: () => inboundBytes(this.#registry),
      queuedMessages: () => this.#uplink.queuedCount,
      flushes: () => this.#uplink.flushes,
      outboxBytes: () => outboxBytes(this.#registry),
      pendingReleases: () => this.#claims.pendingCount,
      subscriptions: () => routes.count,
      retained: () => retained.count,
      fanOutsWaiting: () => router.waiting,
      settlementsWaiting: () => this.#downlink.settlementsWaiting,
    });
    registerQualityMetrics(this.#metrics.registry, this.#quality);
    registerOperationsMetrics(this.#metrics.registry, this.#operations);
    this.#ops = new OpsServer({
      ...config.ops,
      registry: this.#metrics.registry,
      notReady: () => this.#notReady(),
    });
  }

  /**
   * Brings the node up: operations first, so that it can be watched while it waits for Redis; doors last.
   * @throws StoreRefused when this Redis cannot be used; an error naming the listener whose address is taken
   */
  async start(): Promise<void> {
    const opsAddress = await this.#ops.start();
    this.#deadlines.start();
    this.#store.on('down', (why) => this.#logger.warn({ why }, 'Redis is away'));
    const durability = await enterStore({
      store: this.#store,
      keys: this.#keys,
      node: this.#node,
      logger: this.#logger,
      connectTimeoutMs: this.#config.redis.connectTimeoutMs,
      isStopping: () => this.#isStopping,
    });
    if (durability === undefined) return;
    const isUplinkUp = new Promise<void>((resolve) => (this.#onUplinkUp = resolve));
    this.#uplink.start();
    await isUplinkUp;
    if (this.#isStopping) return;
    await this.#downlink.start();
    if (this.#isStopping) return;
    await this.#operations.start();
    this.#control.start();
    await this.#quality.start();
    if (this.#isStopping) return;
    this.#figures.start();
    this.#keeping.start();
    const addresses = await this.#listeners.open();
    if (this.#isStopping) return;
    await this.#announce(addresses);
    if (this.#isStopping) return;
    this.#state = 'serving';
    await this.#node.beat();
    sayReady(this.#logger, {
      node: this.#node.name,
      namespace: this.#keys.namespace,
      listeners: addresses,
      ops: opsAddress,
      durability,
      streamMaxLength: this.#config.uplink.streamMaxLength,
    });
  }

  /** Closes in order: doors, readers, what is unanswered, devices, presence, Redis. Ends within its deadline. Idempotent. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#state = 'stopping';
    this.#onUplinkUp();
    const endMs = systemClock.monotonic() + this.#config.shutdown.deadlineMs;
    const leftMs = (share: number): number => Math.max(0, (endMs - systemClock.monotonic()) * share);
    this.#listeners.close();
    for (const connection of this.#greeting) connection.close('shutdown');
    await drainSessions(this.#registry, 'shutdown', this.#uplink.isUp ? leftMs(0.5) : 0);
    if (this.#store.isUp) await within(this.#claims.settled(), leftMs(0.8));
    this.#figures.stop();
    this.#quality.stop();
    this.#keeping.stop();
    this.#control.close();
    this.#operations.stop();
    this.#downlink.close();
    this.#deadlines.stop();
    await within(this.#node.leave(), leftMs(0.5)).catch(() => {});
    this.#uplink.close();
    await within(this.#store.close(), leftMs(0.5));
    await this.#ops.stop();
    this.#metrics.stop();
    this.#logger.info({ pendingReleases: this.#claims.pendingCount }, 'gateway stopped');
  }

  get #isStopping(): boolean {
    return this.#state === 'stopping';
  }
  get #isStoreUp(): boolean {
    return this.#store.isUp && this.#uplink.isUp && this.#node.trouble === undefined;
  }

  async #announce(addresses: readonly ListenerAddress[]): Promise<void> {
    try {
      await this.#node.announce(addresses);
    } catch (error) {
      this.#logger.warn({ err: error }, 'could not announce the listeners');
    }
  }

  #closedFor(): CloseReason | undefined {
    if (this.#state !== 'serving') return this.#isStopping ? 'shutdown' : 'store-unavailable';
    return this.#isStoreUp ? undefined : 'store-unavailable';
  }

  #notReady(): string[] {
    const reasons: string[] = [];
    if (this.#state !== 'serving') reasons.push(this.#state);
    if (!this.#store.isUp) reasons.push(`redis: ${this.#store.why}`);
    else if (this.#state === 'serving' && !this.#uplink.isUp) reasons.push('redis: the uplink is down');
    if (this.#node.trouble !== undefined) reasons.push(`redis: ${this.#node.trouble}`);
    return reasons;
  }

  #nodeState(): 'ready' | 'not-ready' | 'draining' {
    if (this.#isStopping) return 'draining';
    return this.#notReady().length === 0 ? 'ready' : 'not-ready';
  }

  #closeAll(reason: CloseReason): void {
    for (const session of [...this.#registry.all()]) session.close(reason);
    for (const connection of [...this.#greeting]) connection.close(reason);
  }
}

function pick(redis: GatewayConfig['redis']): { connectTimeoutMs: number; replyTimeoutMs: number } {
  return { connectTimeoutMs: redis.connectTimeoutMs, replyTimeoutMs: redis.replyTimeoutMs };
}

/** Waits for `work`, but not longer than `ms`. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
