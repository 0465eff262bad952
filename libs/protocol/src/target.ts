import {
  formatIpAddress,
  formatIpPrefix,
  type IpAddress,
  type IpPrefix,
  isInPrefix,
  parseIpAddress,
  parseIpPrefix,
} from './ip-address.ts';

/** Whom a ban or a trace is about: a client id, an IP address, or a block of them. */
export type Target =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'ip'; readonly address: IpAddress }
  | { readonly kind: 'prefix'; readonly prefix: IpPrefix };

/** Longest client id in a target, characters. */
const maxIdLength = 1024;

/** Reads `id:CLIENTID`, `ip:ADDRESS` or `prefix:CIDR`; undefined for anything else. */
export function parseTarget(text: string): Target | undefined {
  const colon = text.indexOf(':');
  const value = text.slice(colon + 1);
  switch (text.slice(0, Math.max(0, colon))) {
    case 'id':
      return value === '' || value.length > maxIdLength ? undefined : { kind: 'id', id: value };
    case 'ip': {
      const address = parseIpAddress(value);
      return address && { kind: 'ip', address };
    }
    case 'prefix': {
      const prefix = parseIpPrefix(value);
      return prefix && { kind: 'prefix', prefix };
    }
    default:
      return undefined;
  }
}

/** The one spelling of a target, as Redis has it. */
export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'id':
      return `id:${target.id}`;
    case 'ip':
      return `ip:${formatIpAddress(target.address)}`;
    case 'prefix':
      return `prefix:${formatIpPrefix(target.prefix)}`;
  }
}

/** Whether a device is meant. @param address where it is connected from; undefined when that is not known */
export function isMeant(target: Target, clientId: string, address: IpAddress | undefined): boolean {
  switch (target.kind) {
    case 'id':
      return target.id === clientId;
    case 'ip':
      return address?.family === target.address.family && address.value === target.address.value;
    case 'prefix':
      return address !== undefined && isInPrefix(address, target.prefix);
  }
}
