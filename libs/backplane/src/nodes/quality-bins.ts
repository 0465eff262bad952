import { causes, qualityVersion, type ServiceClass, serviceClasses } from '@tributary/protocol';

/** Points a bin of scores is wide; the last one holds 100 alone. */
export const binPoints = 5;
/** 0–4, 5–9, … 95–99, 100. */
export const scoreBins = 100 / binPoints + 1;

/** Upper bounds of the bins of session lengths in ms, exclusive; the last bin is above them all. */
export const sessionBoundsMs = [
  1_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
  604_800_000,
] as const;
export const sessionBins = sessionBoundsMs.length + 1;

/** Devices of one service class; averaged over time these are no whole numbers. */
export interface ClassBins {
  /** How many devices have a score in each bin. */
  bins: number[];
  /** How many have no score. */
  unknown: number;
  /** Points lost by all of them, by cause in the order of `causes`. */
  lost: number[];
}

/** The links of many devices at one time, or on average. */
export interface QualityBins {
  /** Of the formula. */
  version: number;
  classes: Record<ServiceClass, ClassBins>;
  /** Over the devices whose round trip is known; several nodes' or moments' are averaged by `devices`. */
  rtt: { p50: number; p95: number; devices: number };
  /** Connections that ended meanwhile, by length. */
  sessions: number[];
}

const emptyClass = (): ClassBins => ({
  bins: zeros(scoreBins),
  unknown: 0,
  lost: zeros(causes.length),
});

/** Bins with nobody in them. */
export function emptyQualityBins(): QualityBins {
  return {
    version: qualityVersion,
    classes: { critical: emptyClass(), standard: emptyClass(), bulk: emptyClass() },
    rtt: { p50: 0, p95: 0, devices: 0 },
    sessions: zeros(sessionBins),
  };
}

/** The bin of a score from 0 to 100. */
export function scoreBinOf(score: number): number {
  return Math.floor(Math.min(Math.max(score, 0), 100) / binPoints);
}

/** The bin of a session's length. */
export function sessionBinOf(ms: number): number {
  const bin = sessionBoundsMs.findIndex((bound) => ms < bound);
  return bin < 0 ? sessionBins - 1 : bin;
}

/**
 * Adds `more`, `weight` times, to `sum`: nodes are added with weight 1, moments of a slot with their share of it. Ends of
 * sessions are counted and not weighed. Percentiles cannot be added: theirs is an average by devices.
 */
export function addQualityBins(sum: QualityBins, more: QualityBins, weight = 1): void {
  for (const name of serviceClasses) {
    const into = sum.classes[name];
    const from = more.classes[name];
    addTo(into.bins, from.bins, weight);
    addTo(into.lost, from.lost, weight);
    into.unknown += from.unknown * weight;
  }
  addRtt(sum.rtt, more.rtt, weight);
  addTo(sum.sessions, more.sessions, 1);
  sum.version = Math.max(sum.version, more.version);
}

function addRtt(sum: QualityBins['rtt'], more: QualityBins['rtt'], weight: number): void {
  const devices = sum.devices + more.devices * weight;
  if (devices <= 0) return;
  const share = (more.devices * weight) / devices;
  sum.p50 += (more.p50 - sum.p50) * share;
  sum.p95 += (more.p95 - sum.p95) * share;
  sum.devices = devices;
}

/** How many devices are in the bins, those without a score included. */
export function devicesIn(bins: QualityBins): number {
  return serviceClasses.reduce((sum, name) => {
    const { bins: counts, unknown } = bins.classes[name];
    return sum + unknown + counts.reduce((all, count) => all + count, 0);
  }, 0);
}

/** As JSON, fractions cut to hundredths. */
export function encodeQualityBins(bins: QualityBins): string {
  return JSON.stringify(bins, (_key, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  );
}

/** Reads what `encodeQualityBins` wrote; undefined when it is no such thing. What is missing or impossible in it is 0. */
export function decodeQualityBins(json: string): QualityBins | undefined {
  const value = objectOf(parse(json));
  if (value === undefined) return undefined;
  const classes = objectOf(value.classes) ?? {};
  const rtt = objectOf(value.rtt) ?? {};
  return {
    version: amount(value.version),
    classes: {
      critical: classOf(classes.critical),
      standard: classOf(classes.standard),
      bulk: classOf(classes.bulk),
    },
    rtt: { p50: amount(rtt.p50), p95: amount(rtt.p95), devices: amount(rtt.devices) },
    sessions: amounts(value.sessions, sessionBins),
  };
}

function classOf(value: unknown): ClassBins {
  const { bins, unknown, lost } = objectOf(value) ?? {};
  return { bins: amounts(bins, scoreBins), unknown: amount(unknown), lost: amounts(lost, causes.length) };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

const objectOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;

function amounts(value: unknown, length: number): number[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return Array.from({ length }, (_, i) => amount(list[i]));
}

const amount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

function addTo(sum: number[], more: readonly number[], weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += (more[i] ?? 0) * weight;
}
