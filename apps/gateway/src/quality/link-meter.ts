import {
  bandWindows,
  type BandState,
  initialBand,
  type LinkFigures,
  minSamples,
  nextBand,
  type Requirement,
  requirementOf,
  type Score,
  scoreOf,
  settledSamples,
  type ServiceClass,
} from '@tributary/protocol';
import { isAlike, isSameScore, refreshed } from './alike.ts';
import { HourCount } from './hour-count.ts';
import { KernelFigures } from './kernel-figures.ts';
import type { MeasuredLink } from './measured-link.ts';
import { Probes } from './probes.ts';
import { fillRoundTrip, leadOf } from './round-trip-source.ts';
import type { Tallied } from './tally.ts';
import type { TcpInfo } from './tcp-info.ts';
import { type Zombie, ZombieWatch } from './zombie-watch.ts';

/** What is known of a device when its connection begins. */
export interface MeterStart {
  readonly class: ServiceClass;
  readonly isSleepy: boolean;
  /** Unplanned reconnects, and connections that ended by its fault, within the last hour. */
  readonly flaps: number;
  readonly faults: number;
}

export interface MeterOptions {
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** Between two WebSocket pings, ms, where nothing else measures the round trip. */
  readonly pingIntervalMs: number;
  /** A device with a rhythm counts as silent after so many keep-alives; 0: never. */
  readonly noTrafficKeepAlives: number;
}

/** A round trip that was not measured anew for so long, or for two keep-alives, is not known any more. */
const staleAfterMs = 60_000;
/** The wheel that says when a device was heard turns twice a second. */
const heardToleranceMs = 1000;
const maxPassiveSamples = 1000;
/** After so many windows with the same figures the band stands still: it remembers no more of them. */
const steadyWindows = bandWindows;

const unmeasured: Score = {
  score: undefined,
  penalties: { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 },
  confidence: 'none',
  reasons: [],
};

/**
 * The measurement of one connection: a few dozen numbers, whatever happens. Looked at once in each window of five
 * seconds by the sampler; in between, hooks only note a number.
 */
export class LinkMeter {
  readonly link: MeasuredLink;
  readonly isSleepy: boolean;
  /** Within the last hour, as Redis counted them last. */
  flaps: number;
  faults: number;
  /** Of the last window. */
  figures: LinkFigures | undefined;
  score: Score = unmeasured;
  band: BandState = initialBand;
  zombie: Zombie | undefined;
  /** Something may have changed since whoever tells took this back. */
  hasNews = true;
  /** Monotonic ms at which it is told of in any case. */
  retellAtMs = 0;
  /** What it is counted as; kept by the tally. */
  tallied: Tallied | undefined;
  /** Place in the sampler; -1 outside. Kept by it. */
  slot = -1;
  index = -1;
  readonly #options: MeterOptions;
  #class: ServiceClass;
  #requirement: Requirement;
  readonly #kernel = new KernelFigures();
  readonly #probes: Probes;
  readonly #zombies: ZombieWatch;
  #errors: HourCount | undefined;
  #visitedMs: number;
  #taken = 0;
  #hadPending = false;
  /** Windows in which the device spoke when it should, while nobody measured a round trip. */
  #passive = 0;
  /** Of the link, when it was looked at last. */
  #activity = -1;
  /** Something of ours was on its way then. */
  #isWaiting = false;
  /** Windows in a row without a change. */
  #steady = 0;
  /** Until then what is known stays known. */
  #freshUntilMs = 0;

  constructor(link: MeasuredLink, start: MeterStart, options: MeterOptions) {
    const nowMs = options.monotonic();
    this.link = link;
    this.isSleepy = start.isSleepy;
    this.flaps = start.flaps;
    this.faults = start.faults;
    this.#options = options;
    this.#class = start.class;
    this.#requirement = requirementOf(start.class);
    this.#probes = new Probes(options.pingIntervalMs);
    this.#zombies = new ZombieWatch(start.isSleepy ? 0 : options.noTrafficKeepAlives, nowMs);
    this.#visitedMs = nowMs;
  }

  /** What the link is judged by. Another one judges what was measured last anew. */
  get class(): ServiceClass {
    return this.#class;
  }
  set class(next: ServiceClass) {
    this.#class = next;
    this.#requirement = requirementOf(next);
    this.#steady = 0;
    if (this.figures !== undefined) this.score = scoreOf(this.figures, this.#requirement);
    this.hasNews = true;
  }

  /** A WebSocket pong came. */
  ponged(token: number): void {
    this.#steady = 0;
    this.#probes.ponged(token, this.#options.monotonic());
  }
  /** A QoS 1 message went to the device. */
  published(packetId: number): void {
    this.#probes.published(packetId, this.#options.monotonic);
  }
  /** The device has it. */
  acknowledged(packetId: number): void {
    this.#zombies.answered();
    this.#probes.acknowledged(packetId, this.#options.monotonic);
  }
  /** The device did something it should not have, or was held back; its connection goes on. */
  erred(): void {
    (this.#errors ??= new HourCount()).add(this.#options.monotonic());
  }

  /** Once a window. `info`: the kernel's figures, where there are any. */
  visit(info: TcpInfo | undefined, nowMs: number): void {
    const windowMs = Math.max(1, nowMs - this.#visitedMs);
    this.#visitedMs = nowMs;
    if (this.#isIdle(nowMs)) this.#stayAsIs(nowMs);
    else this.#measure(info, windowMs, nowMs);
  }

  #setZombie(zombie: Zombie | undefined): void {
    if (zombie === this.zombie) return;
    this.zombie = zombie;
    this.hasNews = true;
  }

  /**
   * Most devices are idle most of the time. Where nothing was heard or said since the last window, and nothing was on its
   * way then, asking again would say the same (see `bench quality`).
   */
  #isIdle(nowMs: number): boolean {
    const { link } = this;
    if (this.figures === undefined || link.activity !== this.#activity || this.#isWaiting) return false;
    if (nowMs >= this.#freshUntilMs || this.#errors !== undefined) return false;
    const { flaps, errors, samples, rttMs, stalledRatio, lateRatio } = this.figures;
    if (flaps !== this.flaps || errors !== this.faults || stalledRatio > 0 || lateRatio > 0) return false;
    // Each window in time is one more sample where there are no round trips, or too few.
    if (samples < (rttMs === undefined ? settledSamples : minSamples)) return false;
    const isInTime = link.keepAliveMs === 0 || nowMs - link.heardMs <= link.keepAliveMs + heardToleranceMs;
    return isInTime && this.#probes.isQuiet(link, nowMs);
  }

  /** One more window with the figures of the last: only the band may still be on its way. */
  #stayAsIs(nowMs: number): void {
    if (this.#steady < steadyWindows) {
      this.#steady++;
      this.#stepBand();
    }
    this.#setZombie(this.#zombies.silent(this.link, nowMs));
  }

  #measure(info: TcpInfo | undefined, windowMs: number, nowMs: number): void {
    const { link } = this;
    const isActive = link.activity !== this.#activity || this.#isWaiting;
    this.#activity = link.activity;
    const hasInfo = isActive && info !== undefined && info.read(link.descriptor);
    if (hasInfo && !link.isBehindProxy) this.#kernel.update(info, nowMs);
    const stalledRatio = isActive ? this.#stalledRatio(windowMs, nowMs) : 0;
    this.#isWaiting = isActive && ((hasInfo && info.unacked > 0) || this.#hadPending);
    this.#forgetStale(nowMs);
    this.#probes.tick(link, this.#kernel.rttMs >= 0, nowMs);
    this.#judge(this.#take(stalledRatio, nowMs));
    const isUnanswered = this.#zombies.isUnanswered(hasInfo ? info : undefined, nowMs);
    this.#setZombie(isUnanswered || this.#probes.hasFailed ? 'half-open' : this.#zombies.silent(link, nowMs));
  }

  #judge(figures: LinkFigures): void {
    const isSame = this.figures !== undefined && isAlike(this.figures, figures);
    this.#steady = isSame ? this.#steady + 1 : 0;
    if (!isSame) {
      this.figures = this.figures === undefined ? figures : refreshed(this.figures, figures);
      const score = scoreOf(figures, this.#requirement);
      if (!isSameScore(this.score, score)) this.score = score;
    }
    if (!isSame) this.hasNews = true;
    if (this.#steady <= steadyWindows) this.#stepBand();
  }

  #stepBand(): void {
    const { band } = this.band;
    this.band = nextBand(this.band, this.score.score);
    if (this.band.band !== band) this.hasNews = true;
  }

  #forgetStale(nowMs: number): void {
    const freshMs = Math.max(staleAfterMs, 2 * this.link.keepAliveMs);
    if (this.#kernel.measuredAtMs < nowMs - freshMs) this.#kernel.forget();
    this.#probes.forgetBefore(nowMs - freshMs);
    const oldestMs = this.#probes.oldestMs(this.#kernel.rttMs < 0 ? nowMs : this.#kernel.measuredAtMs);
    this.#freshUntilMs = oldestMs + freshMs;
  }

  #take(stalledRatio: number, nowMs: number): LinkFigures {
    const { link } = this;
    const lateRatio = this.#lateRatio(nowMs);
    const figures: LinkFigures = {
      flaps: this.flaps,
      errors: this.faults + (this.#errors?.count(nowMs) ?? 0),
      stalledRatio,
      lateRatio,
      samples: 0,
      isSleepy: this.isSleepy,
      sources: {},
    };
    const keepsTime = lateRatio === 0 && link.keepAliveMs > 0 && this.zombie !== 'half-open';
    this.#passive = keepsTime ? Math.min(this.#passive + 1, maxPassiveSamples) : 0;
    const lead = leadOf(this.#kernel, this.#probes);
    if (lead !== undefined) fillRoundTrip(figures, lead, this.#kernel, this.#probes);
    // A device that keeps its promises says more than one or two round trips at its beginning.
    if (figures.samples < minSamples && this.#passive >= minSamples) this.#speakPassively(figures);
    if (this.#kernel.lossRatio >= 0 && lead !== 'ws-ping' && !link.isBehindProxy) {
      figures.lossRatio = this.#kernel.lossRatio;
      figures.sources.loss = 'tcp';
    }
    return figures;
  }

  #speakPassively(figures: LinkFigures): void {
    delete figures.rttMs;
    delete figures.jitterMs;
    const { loss } = figures.sources;
    figures.sources = loss === undefined ? {} : { loss };
    figures.samples = this.#passive;
  }

  #lateRatio(nowMs: number): number {
    const { link } = this;
    const silenceMs = link.takeSilenceMs(nowMs) - heardToleranceMs;
    return link.keepAliveMs === 0 ? 0 : Math.max(0, silenceMs / link.keepAliveMs - 1);
  }

  #stalledRatio(windowMs: number, nowMs: number): number {
    const { pendingBytes, takenBytes } = this.link;
    const hasStood = pendingBytes > 0 && this.#hadPending && takenBytes === this.#taken;
    this.#taken = takenBytes;
    this.#hadPending = pendingBytes > 0;
    const stalledMs = this.link.takeStalledMs(nowMs);
    return hasStood ? 1 : Math.min(1, stalledMs / windowMs);
  }
}
