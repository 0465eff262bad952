/** A quantity a simulated device measures: wanders at random around `middle`, within `spread`. */
export interface Quantity {
  middle: number;
  spread: number;
  digits: number;
}

export type Quantities = Readonly<Record<string, Quantity>>;

/** Makes the JSON payloads of a kind of device. Each device's readings wander on their own. */
export function readings(
  quantities: Quantities,
  random: () => number = Math.random,
  now: () => number = Date.now,
): (deviceId: string, n: number) => Buffer {
  const names = Object.keys(quantities);
  const states = new Map<string, number[]>();
  return (deviceId, n) => {
    let state = states.get(deviceId);
    if (state === undefined) states.set(deviceId, (state = names.map(() => random() - 0.5)));
    const message: Record<string, number | string> = { n, at: new Date(now()).toISOString() };
    names.forEach((name, i) => {
      const { middle, spread, digits } = quantities[name]!;
      state[i] = wander(state[i]!, random());
      message[name] = Number((middle + state[i]! * spread).toFixed(digits));
    });
    return Buffer.from(JSON.stringify(message));
  };
}

// A step that is drawn back to the middle, so that a value stays within ±1.
function wander(value: number, random: number): number {
  return Math.max(-1, Math.min(1, value * 0.97 + (random - 0.5) * 0.2));
}
