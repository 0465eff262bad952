/** Errors of the server or the way to it, not of what was asked: asked again later, it may well be answered. */
export const linkErrorCodes: ReadonlySet<string> = new Set([
  'READONLY',
  'LOADING',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'NOSCRIPT',
  'BUSY',
  'MISCONF',
  'NOREPLICAS',
  'NOAUTH',
]);

/** Whether Redis refused for a reason of its own that passes: it was not carried out, and is worth another try. */
export function isLinkError(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return false;
  return linkErrorCodes.has(error.message.split(' ', 1)[0]!);
}
