import type { PartitionView, Streams } from '@tributary/protocol/admin-api';

type Group = PartitionView['groups'][number];

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
