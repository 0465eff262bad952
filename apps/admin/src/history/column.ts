import { addQualityBins, emptyQualityBins, type QualityBins } from '@tributary/backplane';
import type { HistoryColumn } from '@tributary/protocol/admin-api';
import { bandsOf, classBinsOf, meanLost } from './bands-of-bins.ts';
import { figureNames, type Figures, type RollUpEntry } from './roll-up-entry.ts';

/** Worst of the nodes rather than their sum: one node that hangs is not healed by those that do not. */
const worstOf = ['loopDelayMs', 'redisLatencyMs'] as const;
const perSecond = ['messagesIn', 'stored', 'bytesIn', 'connects', 'disconnects'] as const;

/**
 * One column while its slots are gathered. Nodes are summed within a slot, slots are averaged; a slot nobody reported
 * counts for nothing, so a gap is no zero.
 */
export class ColumnSum {
  readonly #quality: QualityBins = emptyQualityBins();
  readonly #qualitySlots = new Set<number>();
  readonly #figures = Object.fromEntries(figureNames.map((name) => [name, 0])) as Figures;
  readonly #figureSlots = new Set<number>();
  readonly #ofNode = new Map<string, { slots: number; loopDelayMs: number; redisLatencyMs: number }>();

  add({ at, node, quality, figures }: RollUpEntry): void {
    if (quality !== undefined) {
      addQualityBins(this.#quality, quality);
      this.#qualitySlots.add(at);
    }
    if (figures === undefined) return;
    this.#figureSlots.add(at);
    for (const name of figureNames) this.#figures[name] += figures[name];
    const own = this.#ofNode.get(node) ?? { slots: 0, loopDelayMs: 0, redisLatencyMs: 0 };
    own.slots++;
    for (const name of worstOf) own[name] += figures[name];
    this.#ofNode.set(node, own);
  }

  /** Adds what another node, or several, gathered of the same column. */
  addSum(other: ColumnSum): void {
    addQualityBins(this.#quality, other.#quality);
    for (const slot of other.#qualitySlots) this.#qualitySlots.add(slot);
    for (const slot of other.#figureSlots) this.#figureSlots.add(slot);
    for (const name of figureNames) this.#figures[name] += other.#figures[name];
    for (const [node, own] of other.#ofNode) this.#ofNode.set(node, own);
  }

  /** @param ofClass only this class: then figures that are not told by class are null */
  column(at: number, slotMs: number, ofClass: string | undefined): HistoryColumn {
    return { at, ...this.#qualityFacts(ofClass), ...this.#figureFacts(slotMs, ofClass) };
  }

  #qualityFacts(
    ofClass: string | undefined,
  ): Pick<HistoryColumn, 'bands' | 'bins' | 'lost' | 'rttP50' | 'rttP95'> {
    const slots = this.#qualitySlots.size;
    if (slots === 0) return { bands: null, bins: null, lost: null, rttP50: null, rttP95: null };
    const sum = classBinsOf(this.#quality, ofClass);
    const mean = {
      ...sum,
      unknown: rounded(sum.unknown / slots),
      bins: sum.bins.map((count) => rounded(count / slots)),
    };
    const lost = meanLost(sum);
    const { rtt } = this.#quality;
    const hasRtt = rtt.devices > 0 && ofClass === undefined;
    return {
      bands: mapNumbers(bandsOf(mean)),
      bins: mean.bins,
      lost: lost === null ? null : mapNumbers(lost),
      rttP50: hasRtt ? rounded(rtt.p50) : null,
      rttP95: hasRtt ? rounded(rtt.p95) : null,
    };
  }

  #figureFacts(slotMs: number, ofClass: string | undefined): Record<keyof Figures, number | null> {
    const slots = this.#figureSlots.size;
    const facts = Object.fromEntries(figureNames.map((name) => [name, null])) as Record<
      keyof Figures,
      number | null
    >;
    if (slots === 0 || ofClass !== undefined) return facts;
    for (const name of figureNames) facts[name] = rounded(this.#figures[name] / slots);
    for (const name of perSecond) facts[name] = rounded((this.#figures[name] / slots / slotMs) * 1000);
    for (const name of worstOf) facts[name] = rounded(this.#worst(name));
    return facts;
  }

  #worst(name: (typeof worstOf)[number]): number {
    let worst = 0;
    for (const own of this.#ofNode.values()) worst = Math.max(worst, own[name] / own.slots);
    return worst;
  }
}

/** Hundredths are more than a chart shows. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

function mapNumbers<T extends object>(values: T): T {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, rounded(value as number)]),
  ) as T;
}
