import {
  encodeQualityBins,
  type Keys,
  sessionBoundsMs,
  type Store,
  writeRollUps,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Counters } from '../../counters.ts';
import type { QualityGauges } from '../../metrics/quality.ts';
import { LinkMeter, type MeterOptions } from '../../quality/link-meter.ts';
import { Sampler } from '../../quality/sampler.ts';
import { Tally } from '../../quality/tally.ts';
import { openTcpInfo, type TcpInfo } from '../../quality/tcp-info.ts';
import type { NodeFigures } from '../node-figures.ts';
import type { Session } from '../session.ts';
import { binsOf } from './node-bins.ts';
import { RollUps } from './roll-ups.ts';
import { SessionLink } from './session-link.ts';
import { Increase, SessionLengths } from './session-lengths.ts';
import { SlotFigures } from './slot-figures.ts';
import { retellMs, ToldQuality } from './told-quality.ts';

/** What may change while it runs. */
export interface QualitySettings {
  readonly pingIntervalMs: number;
  /** Ping MQTT devices over WebSocket too. */
  readonly pingMqtt: boolean;
  readonly noTrafficKeepAlives: number;
  readonly listeners: readonly { readonly name: string; readonly behindProxy: boolean }[];
}

export interface QualityOptions extends QualitySettings {
  readonly store: Store;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly nodeName: () => string;
  /** Unix ms. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly counters: Counters;
  /** Measure at all. */
  readonly enabled: boolean;
  /** Ask the kernel. */
  readonly kernel: boolean;
}

const momentMs = 1000;
/** How often the bins of the node are told with its figures. */
const tellBinsMs = 15_000;

/** Measures the links of this node's devices, and keeps count of them. Nothing here waits for Redis. */
export class Quality implements QualityGauges {
  readonly tally = new Tally();
  readonly lengths = new SessionLengths();
  /** Sessions of which there is something to tell; whoever tells it takes them out. */
  readonly news = new Set<Session>();
  /** Those in another band than was told. */
  readonly changedBands = new Set<Session>();
  readonly #options: QualityOptions;
  /** For links that begin from now on. */
  #forNew: ForNewLinks;
  readonly #sampler: Sampler;
  readonly #rollUps = new RollUps();
  readonly #slotFigures: SlotFigures;
  readonly #toldLengths = new Increase();
  readonly #momentLengths = new Increase();
  #tcpInfo: TcpInfo | undefined;
  #timer: NodeJS.Timeout | undefined;
  #momentAtMs = 0;
  #toldBinsAtMs = -Infinity;
  #isWriting = false;
  #isStopped = false;
  #lostRollUps = 0;

  constructor(options: QualityOptions) {
    const { monotonic } = options;
    this.#options = options;
    this.#forNew = forNewLinks(options, monotonic);
    this.#slotFigures = new SlotFigures(options.counters);
    this.#sampler = new Sampler({
      monotonic,
      tcpInfo: () => this.#tcpInfo,
      onVisited: (meter, nowMs) => this.#onVisited(meter, nowMs),
    });
  }

  configure(settings: QualitySettings): void {
    this.#forNew = forNewLinks(settings, this.#options.monotonic);
  }

  async start(): Promise<void> {
    const { enabled, kernel, logger, monotonic } = this.#options;
    this.#tcpInfo = enabled && kernel ? await openTcpInfo() : undefined;
    if (enabled && kernel && this.#tcpInfo === undefined)
      logger.info('the kernel is not asked about connections here: their quality is measured end to end');
    if (this.#isStopped) return;
    this.#momentAtMs = monotonic();
    this.#sampler.start();
    this.#timer ??= setInterval(() => this.#takeMoment(), momentMs);
    this.#timer.unref();
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#sampler.stop();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  begin(session: Session): void {
    if (!this.#options.enabled) return;
    const { class: serviceClass, link, connection } = session;
    const { isSleepy } = session.traits;
    const { flaps, faults, band } = link;
    const { behindProxy, pingsMqtt, meterOptions } = this.#forNew;
    const measured = new SessionLink(session, {
      isBehindProxy: connection.transport.isBehindProxy || behindProxy.has(connection.listener),
      pingsMqtt,
    });
    const meter = new LinkMeter(measured, { class: serviceClass, isSleepy, flaps, faults }, meterOptions);
    session.meter = meter;
    session.told = new ToldQuality(band);
    if (measured.canPing) connection.onPonged = (token) => meter.ponged(token);
    this.tally.update(meter);
    this.#sampler.add(meter);
  }

  end(session: Session): void {
    const { meter, endedAt, connectedAt } = session;
    this.news.delete(session);
    this.changedBands.delete(session);
    this.lengths.ended(Math.max(0, endedAt - connectedAt));
    if (meter === undefined) return;
    this.#sampler.remove(meter);
    this.tally.remove(meter);
  }

  #onVisited(meter: LinkMeter, nowMs: number): void {
    if (!meter.hasNews && nowMs < meter.retellAtMs) return;
    meter.hasNews = false;
    this.tally.update(meter);
    const { session } = meter.link as SessionLink;
    if (session.told?.isNews(meter, nowMs) === true) {
      meter.retellAtMs = nowMs + retellMs;
      this.news.add(session);
    }
    if (session.told?.hasChangedBand(meter) === true) {
      // Until it is told it is looked at again.
      meter.hasNews = true;
      this.changedBands.add(session);
    }
  }

  /** The figures of this second, and with them the bins of the node when they are due again. */
  withBins(figures: NodeFigures): Readonly<Record<string, number | string>> {
    this.#slotFigures.saw(figures);
    const nowMs = this.#options.monotonic();
    if (!this.#options.enabled || nowMs - this.#toldBinsAtMs < tellBinsMs - momentMs / 2) return figures;
    this.#toldBinsAtMs = nowMs;
    const bins = binsOf(this.tally, this.#toldLengths.of(this.lengths.counts));
    return { ...figures, quality: encodeQualityBins(bins) };
  }

  readonly sessionBounds = sessionBoundsMs.map((ms) => ms / 1000);
  readonly bands = (): [string, number][] => Object.entries(this.tally.bands);
  readonly sessionCounts = (): readonly number[] => this.lengths.counts;
  readonly sessionSeconds = (): number => this.lengths.sumMs / 1000;
  readonly lostRollUps = (): number => this.#lostRollUps;
  readonly tagsLeftOut = (): number => this.#options.counters.tagsLeftOut;

  #takeMoment(): void {
    const { monotonic, now } = this.#options;
    const nowMs = monotonic();
    const bins = binsOf(this.tally, this.#momentLengths.of(this.lengths.counts));
    const ended = this.#rollUps.add(
      { bins, figures: this.#slotFigures.take() },
      nowMs - this.#momentAtMs,
      now(),
    );
    this.#momentAtMs = nowMs;
    if (ended.length > 0) void this.#write(ended);
  }

  /** What Redis does not take now is lost: history has a gap then, and the node no heap of it. */
  async #write(ended: Parameters<typeof writeRollUps>[3]): Promise<void> {
    const { store, keys, nodeName, logger } = this.#options;
    if (this.#isWriting || !store.isUp) {
      this.#lostRollUps += ended.length;
      return;
    }
    this.#isWriting = true;
    try {
      await writeRollUps(store.redis, keys, nodeName(), ended);
    } catch (error) {
      this.#lostRollUps += ended.length;
      if (store.isUp) logger.warn({ err: error }, 'a roll-up was not written');
    } finally {
      this.#isWriting = false;
    }
  }
}

/** What every link that begins is given. */
interface ForNewLinks {
  /** Names of listeners whose connections end at a proxy. */
  readonly behindProxy: ReadonlySet<string>;
  readonly pingsMqtt: boolean;
  readonly meterOptions: MeterOptions;
}

function forNewLinks(settings: QualitySettings, monotonic: () => number): ForNewLinks {
  const { pingMqtt, pingIntervalMs, noTrafficKeepAlives } = settings;
  const behindProxy = settings.listeners.filter((listener) => listener.behindProxy).map(({ name }) => name);
  return {
    behindProxy: new Set(behindProxy),
    pingsMqtt: pingMqtt,
    meterOptions: { monotonic, pingIntervalMs, noTrafficKeepAlives },
  };
}
