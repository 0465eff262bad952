/** What every peer is told in its one argument, as JSON. */
export interface PeerOptions {
  redisPort: number;
  namespace: string;
  partitions: number;
  /** The same for all that are compared. */
  streamMaxLength: number;
}

export function peerOptions(): PeerOptions {
  return JSON.parse(process.argv[2] ?? '{}') as PeerOptions;
}

/** Says where the peer listens, in the words of the gateway's ready line. */
export function announce(addresses: Record<string, string>): void {
  process.stdout.write(`${JSON.stringify({ msg: 'gateway ready', addresses })}\n`);
}

/** Ends with the parent: its stdin is a pipe that closes when the parent is gone. */
export function endWithParent(): void {
  process.stdin.on('end', () => process.exit(0)).resume();
  process.on('SIGTERM', () => process.exit(0));
}
