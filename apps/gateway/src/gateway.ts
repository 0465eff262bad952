import type { CloseReason } from '@tributary/protocol';
import { type Logger, systemClock, withDeadline } from '@tributary/runtime';
import { buildDeviceSide, type DeviceSide } from './assembly/device-side.ts';
import { type Ground, layGround } from './assembly/ground.ts';
import { buildLiveSide, type LiveSide } from './assembly/live-side.ts';
import { buildOperatorSide, type OperatorSide } from './assembly/operator-side.ts';
import { buildStreamSide, type StreamSide } from './assembly/stream-side.ts';
import { enterStore } from './cluster/enter-store.ts';
import type { GatewayConfig } from './config/config.ts';
import type { ConfigSource } from './live/config-reader.ts';
import { sayReady } from './ready-line.ts';
import { drainSessions } from './session/stopping.ts';
import { StartWatch } from './start-watch.ts';
import type { ListenerAddress } from './transports/listeners.ts';

/**
 * One gateway node: the only place that knows every part. Each side is built in its file of assembly/; here they meet, and
 * here is the order in which they start and stop.
 */
export class Gateway {
  readonly #config: GatewayConfig;
  readonly #logger: Logger;
  readonly #ground: Ground;
  readonly #stream: StreamSide;
  readonly #operators: OperatorSide;
  readonly #devices: DeviceSide;
  readonly #live: LiveSide;
  #state: 'starting' | 'serving' | 'stopping' = 'starting';
  #onUplinkUp: () => void = () => {};

  /** Without a `source`, a file, its configuration stays as it is. */
  constructor(config: GatewayConfig, logger: Logger, source?: ConfigSource) {
    this.#config = config;
    this.#logger = logger;
    this.#ground = layGround(config, logger, () => this.#stream.node.name);
    this.#stream = buildStreamSide(config, this.#ground, {
      onUplinkUp: () => this.#onUplinkUp(),
      onSettledChunk: () => this.#devices.flusher.flush(),
      onTakeover: (device, epoch, by) => void this.#devices.presence.yield(device, epoch, by),
      onOrder: (order) => this.#operators.operations.onOrder(order),
      onLost: () => this.#closeAll('node-lost'),
      state: () => this.#nodeState(),
      stats: () => ({ ...this.#operators.stats(), ...this.#live.stats() }),
    });
    this.#operators = buildOperatorSide(config, this.#ground, this.#stream, () => this.#notReady());
    const sides = { config, ground: this.#ground, stream: this.#stream, operators: this.#operators };
    this.#devices = buildDeviceSide(sides, () => this.#closedFor());
    const all = { ...sides, devices: this.#devices };
    this.#live = buildLiveSide(config, all, source, () => this.#notReady().length === 0);
  }

  /**
   * Brings the node up: operations first, so that it can be watched while it waits for Redis; doors last.
   * @throws StoreRefused when this Redis cannot be used; an error naming the listener whose address is taken
   */
  async start(): Promise<void> {
    this.#ground.audit.start();
    this.#ground.throttling.start();
    this.#operators.overload.start();
    const ops = await this.#operators.ops.start();
    this.#devices.deadlines.start();
    const durability = await this.#enterStore();
    if (durability === undefined) return;
    const watch = new StartWatch(this.#logger);
    const listeners = await this.#openUp(watch).finally(() => watch.end());
    if (listeners === undefined) return;
    this.#live.start();
    const { node } = this.#stream;
    const { namespace } = this.#ground.keys;
    const { streamMaxLength } = this.#config.uplink;
    sayReady(this.#logger, { node: node.name, namespace, listeners, ops, durability, streamMaxLength });
  }

  /** From Redis to the doors. @returns where it listens; undefined when the node stops meanwhile */
  async #openUp(watch: StartWatch): Promise<readonly ListenerAddress[] | undefined> {
    const { uplink, node, control, downlink, keeping } = this.#stream;
    const { operations, quality, figures } = this.#operators;
    watch.at('the uplink');
    const isUplinkUp = new Promise<void>((resolve) => (this.#onUplinkUp = resolve));
    uplink.start();
    await isUplinkUp;
    if (this.#isStopping) return undefined;
    watch.at('routes and retained messages');
    await downlink.start();
    if (this.#isStopping) return undefined;
    watch.at('bans, traces and authenticators');
    await Promise.all([operations.start(), this.#ground.identity.start()]);
    control.start();
    watch.at("the kernel's figures of links");
    await quality.start();
    if (this.#isStopping) return undefined;
    figures.start();
    this.#ground.classes.start();
    keeping.start();
    watch.at('listeners');
    const addresses = await this.#devices.listeners.open();
    if (this.#isStopping) return undefined;
    watch.at('the record of this node');
    await this.#announce(addresses);
    if (this.#isStopping) return undefined;
    this.#state = 'serving';
    await node.beat();
    return addresses;
  }

  /** Reads the configuration again, as far as it comes from a file. */
  reload(): void {
    this.#live.reload();
  }

  /** Closes in order: doors, readers, what is unanswered, devices, presence, Redis. Ends within its deadline. Idempotent. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#state = 'stopping';
    this.#onUplinkUp();
    const { store, registry, greeting, audit, throttling } = this.#ground;
    const { uplink, claims, node, control, downlink, keeping } = this.#stream;
    const { ops, operations, automaticBans, quality, figures, metrics } = this.#operators;
    const { deadlines, listeners } = this.#devices;
    const endMs = systemClock.monotonic() + this.#config.shutdown.deadlineMs;
    const leftMs = (share: number): number => Math.max(0, (endMs - systemClock.monotonic()) * share);
    void this.#live.stop();
    listeners.close();
    for (const connection of greeting) connection.close('shutdown');
    await drainSessions(registry, 'shutdown', uplink.isUp ? leftMs(0.5) : 0);
    if (store.isUp) await within(claims.settled(), leftMs(0.8));
    figures.stop();
    throttling.stop();
    this.#operators.overload.stop();
    this.#ground.classes.stop();
    quality.stop();
    keeping.stop();
    control.close();
    operations.stop();
    automaticBans.stop();
    this.#ground.identity.stop();
    downlink.close();
    deadlines.stop();
    await within(node.leave(), leftMs(0.5)).catch(() => {});
    uplink.close();
    await within(store.close(), leftMs(0.5));
    await within(audit.stop(), leftMs(0.5));
    await ops.stop();
    metrics.stop();
    this.#logger.info({ pendingReleases: claims.pendingCount }, 'gateway stopped');
  }

  get #isStopping(): boolean {
    return this.#state === 'stopping';
  }

  /** Resolves with how durable Redis is, or undefined when the node stops meanwhile. */
  #enterStore(): Promise<string | undefined> {
    const { store, keys } = this.#ground;
    store.on('down', (why) => this.#logger.warn({ why }, 'Redis is away'));
    return enterStore({
      store,
      keys,
      node: this.#stream.node,
      logger: this.#logger,
      connectTimeoutMs: this.#config.redis.connectTimeoutMs,
      isStopping: () => this.#isStopping,
    });
  }

  async #announce(addresses: readonly ListenerAddress[]): Promise<void> {
    try {
      await this.#stream.node.announce(addresses);
    } catch (error) {
      this.#logger.warn({ err: error }, 'could not announce the listeners');
    }
  }

  #closedFor(): CloseReason | undefined {
    if (this.#state !== 'serving') return this.#isStopping ? 'shutdown' : 'store-unavailable';
    return this.#stream.isStoreUp() ? undefined : 'store-unavailable';
  }

  #notReady(): string[] {
    const { store } = this.#ground;
    const { uplink, node } = this.#stream;
    const reasons: string[] = [];
    if (this.#state !== 'serving') reasons.push(this.#state);
    if (!store.isUp) reasons.push(`redis: ${store.why}`);
    else if (this.#state === 'serving' && !uplink.isUp) reasons.push('redis: the uplink is down');
    if (node.trouble !== undefined) reasons.push(`redis: ${node.trouble}`);
    return reasons;
  }

  #nodeState(): 'ready' | 'not-ready' | 'draining' {
    if (this.#isStopping) return 'draining';
    return this.#notReady().length === 0 ? 'ready' : 'not-ready';
  }

  #closeAll(reason: CloseReason): void {
    for (const session of [...this.#ground.registry.all()]) session.close(reason);
    for (const connection of [...this.#ground.greeting]) connection.close(reason);
  }
}

/** Waits for `work`, but not longer than `ms`. */
const within = (work: Promise<void>, ms: number): Promise<void> => withDeadline(work, ms, () => {});
