import { formatIpAddress, type IpAddress, parseIpAddress } from './ip-address.ts';
import { formatTarget, isMeant, parseTarget, type Target } from './target.ts';

/** Longest name of a user in a target, characters. */
const maxUserLength = 1024;

/** Whom a ban is about: what a target says, a user, or one client id or user as far as it comes from one address. */
export type BanTarget =
  | Target
  | { readonly kind: 'user'; readonly user: string }
  | {
      readonly kind: 'at';
      readonly address: IpAddress;
      readonly who:
        { readonly kind: 'id'; readonly id: string } | { readonly kind: 'user'; readonly user: string };
    };

/** A device, as a ban looks at it. */
export interface Banned {
  readonly clientId: string;
  /** Undefined: it is of none, or that is not known. */
  readonly user: string | undefined;
  /** Undefined: not known. */
  readonly address: IpAddress | undefined;
}

/**
 * Reads `id:CLIENTID`, `ip:ADDRESS`, `prefix:CIDR`, `user:NAME`, `at:ADDRESS id:CLIENTID` or `at:ADDRESS user:NAME`; undefined
 * for anything else.
 */
export function parseBanTarget(text: string): BanTarget | undefined {
  if (text.startsWith('user:')) return parseUser(text);
  if (!text.startsWith('at:')) return parseTarget(text);
  const space = text.indexOf(' ');
  const address = parseIpAddress(text.slice('at:'.length, Math.max(0, space)));
  const behind = text.slice(space + 1);
  const who = behind.startsWith('id:') ? parseTarget(behind) : parseUser(behind);
  if (address === undefined || (who?.kind !== 'id' && who?.kind !== 'user')) return undefined;
  return { kind: 'at', address, who };
}

function parseUser(text: string): { kind: 'user'; user: string } | undefined {
  const user = text.slice('user:'.length);
  const isUser = text.startsWith('user:') && user !== '' && user.length <= maxUserLength;
  return isUser ? { kind: 'user', user } : undefined;
}

/** The one spelling of a target, as Redis has it. */
export function formatBanTarget(target: BanTarget): string {
  switch (target.kind) {
    case 'user':
      return `user:${target.user}`;
    case 'at':
      return `at:${formatIpAddress(target.address)} ${formatBanTarget(target.who)}`;
    default:
      return formatTarget(target);
  }
}

/** Whether a device is meant. */
export function isBanMeant(target: BanTarget, device: Banned): boolean {
  switch (target.kind) {
    case 'user':
      return target.user === device.user;
    case 'at': {
      const { address, who } = target;
      return isMeant({ kind: 'ip', address }, '', device.address) && isBanMeant(who, device);
    }
    default:
      return isMeant(target, device.clientId, device.address);
  }
}
