import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { wholeNumber } from '../records/entry-map.ts';

/** Longest id of an operation, a trace and the like, characters. */
const maxIdLength = 64;
/** Longest client id a node lets in, bytes; nothing longer is a device. */
const maxDeviceLength = 65_535;
/** Longest reason an operator may give, characters. */
const maxReasonLength = 256;

/** What an operator asks of a node, through its control inbox. `op` names the operation that the node's answer is for. */
export type Order =
  /**
   * End the connection of `device`. With `epoch` only that very connection: a later one is somebody else's business.
   * After `until` (Unix ms) it is answered `expired` and nothing is done.
   */
  | {
      readonly type: 'disconnect';
      readonly op: string;
      readonly device: string;
      readonly epoch: number | undefined;
      readonly reason: string;
      readonly by: string;
      readonly until: number;
    }
  /** The hash of bans is not what it was: read it again. */
  | { readonly type: 'bans-changed'; readonly op: string }
  /** The hash of traces is not what it was: read it again. */
  | { readonly type: 'traces-changed'; readonly op: string }
  /** Credentials of devices, or who is disabled, are not what they were: read what changed. */
  | { readonly type: 'credentials-changed'; readonly op: string }
  /** Another node has fetched a newer list of revoked certificates: fetch it, too. */
  | { readonly type: 'revocations-changed'; readonly op: string };

/** The order an entry of a control inbox says; undefined for one that is none, or broken. */
export function parseOrder(fields: ReadonlyMap<string, string>): Order | undefined {
  const type = fields.get('type');
  const op = fields.get('op') ?? '';
  if (op === '' || op.length > maxIdLength) return undefined;
  if (isNews(type)) return { type, op };
  return type === 'disconnect' ? parseDisconnect(op, fields) : undefined;
}

/** Orders that say only that something is not what it was. */
const news = ['bans-changed', 'traces-changed', 'credentials-changed', 'revocations-changed'] as const;

const isNews = (type: string | undefined): type is (typeof news)[number] =>
  (news as readonly (string | undefined)[]).includes(type);

function parseDisconnect(op: string, fields: ReadonlyMap<string, string>): Order | undefined {
  const device = fields.get('device') ?? '';
  const until = wholeNumber(fields.get('until'));
  const epochText = fields.get('epoch');
  const epoch = wholeNumber(epochText);
  if (device === '' || device.length > maxDeviceLength || until === undefined) return undefined;
  if (epochText !== undefined && epoch === undefined) return undefined;
  const reason = (fields.get('reason') ?? '').slice(0, maxReasonLength);
  const by = (fields.get('by') ?? '').slice(0, maxReasonLength);
  return { type: 'disconnect', op, device, epoch, reason, by, until };
}

/** Field names and values of a message one after the other; what is undefined is left out. */
export function messageFields(message: object): string[] {
  return Object.entries(message)
    .filter(([, value]) => value !== undefined)
    .flatMap(([field, value]) => [field, String(value)]);
}

/** Who speaks for a device now. */
export interface Owner {
  readonly epoch: number;
  /** `id.incarnation`. */
  readonly node: string;
}

/** Who speaks for each of these devices now, in their order; undefined for one that is not connected. */
export async function readOwners(
  redis: Redis,
  keys: Keys,
  devices: readonly string[],
): Promise<(Owner | undefined)[]> {
  const pipeline = redis.pipeline();
  for (const device of devices) pipeline.hget(keys.online(keys.partitionOf(device)), device);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error !== null) throw error;
    return parseOwner(reply as string | null);
  });
}

/** `EPOCH NONCE NODE`, as scripts/common.lua reads it. */
function parseOwner(text: string | null): Owner | undefined {
  const [, epochText, node] = /^(\d+) \S+ (.+)$/s.exec(text ?? '') ?? [];
  const epoch = wholeNumber(epochText);
  return epoch === undefined || node === undefined ? undefined : { epoch, node };
}
