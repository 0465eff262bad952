import type { DeviceRow, HistoryPoint, NodeView, RowChange } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';

/**
 * One subscription of one viewer. It remembers what it has sent, so each message says only what is new: however often a
 * value changed in between, the viewer gets the latest, once.
 */
export interface Channel {
  /** Everything, for a viewer that knows nothing yet. */
  snapshot(): object;
  /** What changed since; undefined when nothing did. */
  delta(): object | undefined;
}

export class FleetChannel implements Channel {
  readonly #fleet: Fleet;
  #sentUntil = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  snapshot(): object {
    return { fleet: this.#fleet.summary(), history: this.#newPoints() };
  }

  /** Always something: the summary is also the heartbeat by which a viewer knows the feed lives. */
  delta(): object {
    return this.snapshot();
  }

  #newPoints(): HistoryPoint[] {
    const points = this.#fleet.history(this.#sentUntil);
    this.#sentUntil = points.at(-1)?.[0] ?? this.#sentUntil;
    return points;
  }
}

export class NodesChannel implements Channel {
  readonly #fleet: Fleet;
  #sent = new Map<string, string>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  snapshot(): object {
    const views = this.#views();
    this.#sent = new Map(views.map((view) => [view.node, JSON.stringify(view)]));
    return { nodes: views };
  }

  delta(): object | undefined {
    const views = this.#views();
    const nodes = views.filter((view) => this.#sent.get(view.node) !== JSON.stringify(view));
    const listed = new Set(views.map((view) => view.node));
    const gone = [...this.#sent.keys()].filter((node) => !listed.has(node));
    for (const view of nodes) this.#sent.set(view.node, JSON.stringify(view));
    for (const node of gone) this.#sent.delete(node);
    return nodes.length > 0 || gone.length > 0 ? { nodes, gone } : undefined;
  }

  #views(): NodeView[] {
    return this.#fleet.nodes.views(this.#fleet.clock.monotonic());
  }
}

export class RowsChannel implements Channel {
  readonly #fleet: Fleet;
  readonly #ids: ReadonlySet<string>;
  readonly #sent = new Map<string, DeviceRow>();

  constructor(fleet: Fleet, ids: Iterable<string>) {
    this.#fleet = fleet;
    this.#ids = new Set(ids);
  }

  snapshot(): object {
    this.#sent.clear();
    const rows: DeviceRow[] = [];
    for (const id of this.#ids) {
      const row = this.#rowOf(id);
      if (row === undefined) continue;
      this.#sent.set(id, row);
      rows.push(row);
    }
    return { rows };
  }

  delta(): object | undefined {
    const rows: RowChange[] = [];
    const gone: string[] = [];
    for (const id of this.#ids) {
      const before = this.#sent.get(id);
      const row = this.#rowOf(id);
      if (row === undefined) {
        if (this.#sent.delete(id)) gone.push(id);
        continue;
      }
      const change = before === undefined ? row : changeBetween(before, row);
      if (change === undefined) continue;
      this.#sent.set(id, row);
      rows.push(change);
    }
    return rows.length > 0 || gone.length > 0 ? { rows, gone } : undefined;
  }

  #rowOf(id: string): DeviceRow | undefined {
    const { index, clock } = this.#fleet;
    const slot = index.slotOf(id);
    return slot === undefined ? undefined : index.row(slot, clock.now(), clock.monotonic());
  }
}

function changeBetween(before: DeviceRow, after: DeviceRow): RowChange | undefined {
  const changed = Object.entries(after).filter(
    ([field, value]) => before[field as keyof DeviceRow] !== value,
  );
  return changed.length === 0 ? undefined : { id: after.id, ...Object.fromEntries(changed) };
}
