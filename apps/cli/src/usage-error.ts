/** The command line cannot be obeyed; the message says why in words for the person who typed it. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something outside is not as it must be; the message says what to do. Exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
