import { countOf, decodeQualityBins, type QualityBins } from '@tributary/backplane';

/** Gauges are means over the slot; the others are counted within it. */
export const figureNames = [
  'connections',
  'messagesIn',
  'stored',
  'bytesIn',
  'connects',
  'disconnects',
  'loopDelayMs',
  'rssBytes',
  'redisLatencyMs',
] as const;
export type Figures = Record<(typeof figureNames)[number], number>;

/** What one node wrote of one slot. */
export interface RollUpEntry {
  /** Beginning of the slot, Unix ms. */
  at: number;
  /** `id.incarnation`. */
  node: string;
  quality: QualityBins | undefined;
  figures: Figures | undefined;
}

/** Reads an entry of `history:15s` and its like; undefined when it names no slot or no node. */
export function parseRollUp(fields: ReadonlyMap<string, string>): RollUpEntry | undefined {
  const at = countOf(fields.get('ts'));
  const node = fields.get('node') ?? '';
  if (at === 0 || node === '') return undefined;
  const quality = fields.get('q');
  return {
    at,
    node,
    quality: quality === undefined ? undefined : decodeQualityBins(quality),
    figures: parseFigures(fields.get('f')),
  };
}

function parseFigures(json: string | undefined): Figures | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json ?? 'null');
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as Record<string, unknown>;
  const amount = (name: keyof Figures): number => {
    const figure = given[name];
    return typeof figure === 'number' && Number.isFinite(figure) && figure >= 0 ? figure : 0;
  };
  return Object.fromEntries(figureNames.map((name) => [name, amount(name)])) as Figures;
}

/** A node's id without its incarnation. */
export function idOfNode(node: string): string {
  const dot = node.lastIndexOf('.');
  return dot < 0 ? node : node.slice(0, dot);
}

/** True when `wanted` names this node: as `id.incarnation`, or as `id`, which is all its incarnations. */
export function isNode(node: string, wanted: string): boolean {
  return node === wanted || idOfNode(node) === wanted;
}
