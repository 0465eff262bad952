import type { OperationsParts } from '../parts.ts';

/** What bans need of the node. */
export type BanParts = Pick<
  OperationsParts,
  'store' | 'keys' | 'registry' | 'greeting' | 'logger' | 'now' | 'monotonic' | 'nodeName' | 'audit'
>;
