/** Devices a group must have before it is compared at all. */
export const minGroupDevices = 20;

/** Two-sided 95 %. */
const z = 1.959_964;

/** Wilson score interval of `hits` in `total` (Wilson 1927), as [low, high] within 0..1; `total` above 0. */
export function wilsonInterval(hits: number, total: number): readonly [low: number, high: number] {
  const share = hits / total;
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z / (2 * total)) ** 2);
  const centre = share + (z * z) / (2 * total);
  const scale = 1 + (z * z) / total;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

/**
 * How many times worse a group is than the rest of the fleet, at the least: the low end of its share of bad devices
 * over the high end of the rest's. Above 1 the group is worse beyond chance; a few bad devices do not get there.
 * Undefined: fewer than 20 devices in the group, nothing to compare with, or counts that cannot be.
 */
export function liftOf(bad: number, total: number, restBad: number, restTotal: number): number | undefined {
  if (!isShare(bad, total) || !isShare(restBad, restTotal)) return undefined;
  if (total < minGroupDevices || restTotal === 0) return undefined;
  return wilsonInterval(bad, total)[0] / wilsonInterval(restBad, restTotal)[1];
}

const isShare = (part: number, whole: number): boolean =>
  Number.isFinite(part) && Number.isFinite(whole) && part >= 0 && part <= whole;
