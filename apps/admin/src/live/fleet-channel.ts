import type { HistoryPoint } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';
import type { Channel } from './channel.ts';

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
