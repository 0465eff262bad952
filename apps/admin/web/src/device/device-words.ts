import { formatFilter, type FigureSource } from '@tributary/protocol/admin-api';

/** Where a figure was measured. */
export const sourceWords: Readonly<Record<FigureSource, string>> = {
  'tcp': 'by the kernel, on the last hop',
  'ws-ping': 'by WebSocket pings, end to end',
  'puback': 'by acknowledgements of the device, end to end',
};

/** Why a connected device is taken for one that is not there. */
export const zombieSentences: Readonly<Record<string, string>> = {
  'half-open': 'It does not answer any more: the connection seems to be open on this side only.',
  'no-traffic': 'It keeps its connection and sends nothing.',
};

/** `gw-2` of `gw-2.4f1a9c`: the name of a node without what tells its lives apart. */
export const nodeIdOf = (node: string): string => node.slice(0, node.lastIndexOf('.')) || node;

/** The address of `10.1.2.3:4711` or `[::1]:4711`, without its port. */
export function hostOf(address: string): string {
  const at = address.lastIndexOf(':');
  return at < 0 ? address : address.slice(0, at).replace(/^\[|\]$/g, '');
}

/** The list of devices whose `key` is exactly `value`. */
export const filterPath = (key: string, value: string): string =>
  `/devices?q=${encodeURIComponent(formatFilter([{ key, op: ':', values: [value], isNegated: false }]))}`;

/**
 * The client id that a path of `devicePath` leads to. Read from the path as it stands in the address: the router has decoded
 * half of it, and of `%252F` nobody could tell any more whether it was `/` or `%2F`.
 */
export function deviceIdIn(pathname: string): string {
  const encoded = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded; // typed by hand
  }
}
