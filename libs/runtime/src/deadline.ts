/**
 * The outcome of `work` if it comes within `ms`, else that of `onLate`. Late work is not stopped, only no longer waited
 * for; a rejection that comes late is swallowed. `onLate` may throw to turn lateness into an error.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  onLate: () => T | PromiseLike<T>,
): Promise<T> {
  const late = Symbol('late');
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    const first = await Promise.race([work, expiry]);
    return first === late ? await onLate() : first;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes an asynchronous action run once: every call, the first included, gets the same promise. For `stop()`. */
export function once<T>(action: () => Promise<T>): () => Promise<T> {
  let outcome: Promise<T> | undefined;
  return () => (outcome ??= action());
}
