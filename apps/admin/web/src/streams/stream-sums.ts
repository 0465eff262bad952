import type { PartitionView, Streams } from '@tributary/protocol/admin-api';

type Group = PartitionView['groups'][number];

/** What all partitions hold together. */
export function partitionSums(streams: Pick<Streams, 'partitions'>): {
  length: number;
  bytes: number;
  rate: number;
  oldestAt: number | null;
} {
  let [length, bytes, rate] = [0, 0, 0];
  let oldestAt: number | null = null;
  for (const partition of streams.partitions) {
    length += partition.length;
    bytes += partition.bytes ?? 0;
    rate += partition.rate ?? 0;
    if (partition.oldestAt !== null) oldestAt = Math.min(oldestAt ?? Infinity, partition.oldestAt);
  }
  return { length, bytes, rate, oldestAt };
}

/** The group by that name, or the one furthest behind; one whose lag Redis cannot tell comes first. */
export function behindOf(view: Pick<PartitionView, 'groups'>, name: string | undefined): Group | undefined {
  if (name !== undefined) return view.groups.find((group) => group.name === name);
  const distance = ({ lag, pending }: Group): number => (lag === null ? Infinity : lag + pending);
  return view.groups.toSorted((a, b) => distance(b) - distance(a))[0];
}

/** The group of the pipeline: the named one, or the one with most before it. */
export function slowestGroup(
  groups: Streams['groups'],
  name: string | undefined,
): Streams['groups'][number] | undefined {
  const named = groups.find((group) => group.name === name);
  return named ?? groups.toSorted((a, b) => (b.lag ?? 0) + b.pending - (a.lag ?? 0) - a.pending)[0];
}
