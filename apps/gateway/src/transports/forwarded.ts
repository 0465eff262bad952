import { formatIpAddress, parseIpAddress, ProtocolError } from '@tributary/protocol';
import { formatAddress } from './transport.ts';
import type { TrustedProxies } from './trusted.ts';

/** Header of an upgrade request that says who asks. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded';

/** Longest header looked at; an address of a chain takes some 20 bytes. */
const maxHeaderBytes = 2048;
/** Most proxies in a row. */
const maxHops = 16;

/** A node of the chain that does not say its address: `unknown`, or a name made up for it (RFC 7239 section 6). */
const hidden = Symbol('hidden');
type Hop = string | typeof hidden;

/**
 * Who asks, as `address:port` with port 0 where none is told: the rightmost address of the chain that is no trusted proxy's,
 * because everything left of it may be made up. Where the chain goes on behind a name, that is the last proxy known.
 * @param peer the trusted proxy that sends the request
 * @throws ProtocolError `bad-forwarded-header` for a chain that cannot be read as far as it counts
 */
export function sourceOfChain(
  kind: ForwardedHeader,
  value: string,
  peer: string,
  trusted: TrustedProxies,
): string {
  if (value.length > maxHeaderBytes) throw bad(`longer than ${maxHeaderBytes} bytes`);
  const hops = kind === 'forwarded' ? forwardedHops(value) : plainHops(value);
  let source = peer;
  let count = 0;
  for (const hop of hops) {
    if (++count > maxHops) throw bad(`more than ${maxHops} trusted proxies in a row`);
    const next = endpointOf(hop);
    if (next === hidden) return source;
    source = next;
    if (!trusted.has(source)) return source;
  }
  return source;
}

/** From the right, one at a time: what a stranger wrote further left is never looked at. */
function* plainHops(value: string): Generator<string> {
  let end = value.length;
  while (end >= 0) {
    const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
    yield value.slice(comma + 1, end).trim();
    end = comma;
  }
}

/** The `for` of each element (RFC 7239 section 4), from the right; an element without one hides its node. */
function forwardedHops(value: string): string[] {
  const hops: string[] = [];
  let node: string | undefined;
  // A pair and what ends it; quoted strings may hold commas and semicolons.
  const pair = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[\w!#$%&'*+.^`|~:[\]-]+)[ \t]*)?([,;]|$)/gy;
  for (;;) {
    const [, name, text = '', mark] = pair.exec(value) ?? [];
    if (mark === undefined) throw bad('no list of pairs');
    if (name?.toLowerCase() === 'for') {
      if (node !== undefined) throw bad('two addresses in one element');
      node = text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
    }
    if (mark === ';') continue;
    hops.push(node ?? 'unknown');
    node = undefined;
    if (mark === '') return hops.reverse();
  }
}

/** `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`, `2001:db8::1`; any port may be made up (`_x`). */
function endpointOf(hop: string): Hop {
  if (/^(unknown|_[\w.-]+)(:[\w.-]+)?$/i.test(hop)) return hidden;
  const [, bracketed, dotted, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}|_[\w.-]+))?$/.exec(hop) ?? [];
  const address = parseIpAddress(bracketed ?? dotted ?? hop);
  if (address === undefined) throw bad('an address that is none');
  const number = Number(port);
  return formatAddress(formatIpAddress(address), number <= 0xffff ? number : 0);
}

const bad = (why: string): ProtocolError => new ProtocolError('bad-forwarded-header', why);
