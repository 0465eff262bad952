import type { NodeView } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';
import type { Channel } from './channel.ts';

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
