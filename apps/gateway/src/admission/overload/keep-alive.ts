/** Connections that broke within the hour from which on a shorter keep-alive is suggested. */
const fromFlaps = 2;
/** What a device without a keep-alive is taken to have asked for, s: what most proxies and address translators bear. */
const assumedSeconds = 300;

/**
 * The keep-alive to suggest to a device whose connections break: halved for each time beyond the first that one broke
 * within the last hour, as an idle entry of an address translator on its way may live no longer than that; not below
 * `leastSeconds`, and never longer than asked. What timeouts there are between us cannot be measured, only guessed by
 * what happened.
 * @param askedSeconds in force so far; 0: none
 * @param flaps unplanned reconnects within the hour
 */
export function suitableKeepAlive(askedSeconds: number, flaps: number, leastSeconds: number): number {
  if (flaps < fromFlaps) return askedSeconds;
  const from = askedSeconds === 0 ? assumedSeconds : askedSeconds;
  const halved = Math.floor(from / 2 ** Math.min(flaps - fromFlaps + 1, 16));
  return Math.min(from, Math.max(halved, leastSeconds));
}
