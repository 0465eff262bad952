import type { Logger } from '@tributary/runtime';

/** What a node says when it serves. */
export interface ReadyFacts {
  readonly node: string;
  readonly namespace: string;
  readonly listeners: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** `address:port` of the operations server. */
  readonly ops: string;
  /** How lasting an acknowledgement is: what Redis does with what it is told. */
  readonly durability: string;
  readonly streamMaxLength: number;
}

/** Writes the line whoever started the node waits for, and what an operator should know from the first minute. */
export function sayReady(logger: Logger, facts: ReadyFacts): void {
  const { node, namespace, listeners, ops, durability, streamMaxLength } = facts;
  const named = listeners.map(({ name, address, port }) => [
    name,
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  ]);
  // Waited for, whatever the level.
  logger
    .child({}, { level: 'info' })
    .info({ node, namespace, addresses: { ...Object.fromEntries(named), ops }, durability }, 'gateway ready');
  if (durability !== 'always') {
    logger.warn(
      { durability },
      'an acknowledgement means applied by Redis; a crash of Redis may lose the last seconds unless appendonly is yes and appendfsync is always',
    );
  }
  logger.info({ streamMaxLength }, 'each uplink stream keeps about this many entries, the oldest leave');
}
