import type { DeviceDetail, QualityPoint, TimelineEntry } from '@tributary/protocol/admin-api';
import type { Watched, WatchedDevices } from '../devices/watched-devices.ts';
import type { Channel } from './channel.ts';

/** One device: what is known of it, the points of its quality as they come, what happens to it. */
export class DeviceChannel implements Channel {
  readonly #detailOf: () => DeviceDetail | undefined;
  readonly #watched: Watched;
  readonly #leave: () => void;
  #sentDetail = '';
  #sentPoint = 0;
  #sentEntry: TimelineEntry | undefined;

  constructor(id: string, watched: WatchedDevices, detailOf: (id: string) => DeviceDetail | undefined) {
    this.#detailOf = () => detailOf(id);
    ({ watched: this.#watched, leave: this.#leave } = watched.watch(id));
  }

  snapshot(): object {
    const device = this.#detailOf() ?? null;
    const points = this.#watched.points;
    this.#sentDetail = JSON.stringify(device);
    this.#sentPoint = points.at(-1)?.at ?? 0;
    this.#sentEntry = this.#watched.entries.at(-1);
    return { device, points, events: [] };
  }

  delta(): object | undefined {
    const device = this.#detailOf() ?? null;
    const detail = JSON.stringify(device);
    const points = this.#newPoints();
    const events = this.#newEntries();
    if (detail === this.#sentDetail && points.length === 0 && events.length === 0) return undefined;
    this.#sentDetail = detail;
    return { device, points, events };
  }

  close(): void {
    this.#leave();
  }

  #newPoints(): QualityPoint[] {
    const points = this.#watched.points.filter(({ at }) => at > this.#sentPoint);
    this.#sentPoint = points.at(-1)?.at ?? this.#sentPoint;
    return points;
  }

  /** Those behind the last one sent; when it has left the ring, all there are. */
  #newEntries(): TimelineEntry[] {
    const { entries } = this.#watched;
    const sent = this.#sentEntry === undefined ? -1 : entries.indexOf(this.#sentEntry);
    this.#sentEntry = entries.at(-1) ?? this.#sentEntry;
    return entries.slice(sent + 1);
  }
}
