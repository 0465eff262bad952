/** An IP address as a number. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A block of addresses: those that share the first `length` bits of `base`, whose other bits are 0. */
export interface IpPrefix {
  readonly base: IpAddress;
  readonly length: number;
}

const widths = { 4: 32, 6: 128 } as const;
const mappedAbove = 0xffffn << 32n;

/** Reads an address in any of its usual spellings (RFC 4291 section 2.2), without zone or port; undefined for all else. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const dotted = parseDotted(text);
  if (dotted !== undefined) return { family: 4, value: dotted };
  const value = parseGroups(text);
  if (value === undefined) return undefined;
  return value >> 32n === mappedAbove >> 32n
    ? { family: 4, value: value & 0xffff_ffffn }
    : { family: 6, value };
}

/** The one spelling of an address: dotted, or lower-case with the longest run of zeros shortened (RFC 5952). */
export function formatIpAddress({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt((7 - i) * 16)) & 0xffffn).toString(16),
  );
  const run = longestZeros(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.at).join(':')}::${groups.slice(run.at + run.length).join(':')}`;
}

/** Reads `ADDRESS/LENGTH`; bits behind the prefix are dropped. Undefined for what is none. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const base = parseIpAddress(address);
  if (base === undefined) return undefined;
  // A block of IPv4 addresses written as IPv6 counts the 96 bits in front of them.
  const isMapped = base.family === 4 && address.includes(':');
  const length = Number(bits) - (isMapped ? 96 : 0);
  if (length < 0 || length > widths[base.family]) return undefined;
  return { base: { family: base.family, value: maskedTo(base, length) }, length };
}

/** Reads `ADDRESS/LENGTH`, or an address, which is a block of one; undefined for what is neither. */
export function parseIpBlock(text: string): IpPrefix | undefined {
  const base = parseIpAddress(text);
  return base === undefined ? parseIpPrefix(text) : { base, length: widths[base.family] };
}

export function formatIpPrefix({ base, length }: IpPrefix): string {
  return `${formatIpAddress(base)}/${length}`;
}

export function isInPrefix(address: IpAddress, { base, length }: IpPrefix): boolean {
  return address.family === base.family && maskedTo(address, length) === base.value;
}

/** The address with all bits behind the first `length` set to 0. */
export function maskedTo({ family, value }: IpAddress, length: number): bigint {
  const dropped = BigInt(widths[family] - length);
  return (value >> dropped) << dropped;
}

/** The address of `address:port` or `[address]:port`; undefined where there is none. */
export function addressOfEndpoint(endpoint: string): IpAddress | undefined {
  const end = endpoint.lastIndexOf(':');
  if (end < 0) return undefined;
  const host = endpoint.slice(0, end);
  return parseIpAddress(host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host);
}

function parseDotted(text: string): bigint | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (parts === undefined) return undefined;
  let value = 0n;
  for (const part of parts) {
    // A leading zero is octal to some and decimal to others, so it is nobody's address.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseGroups(text: string): bigint | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const front = groupsOf(halves[0]!, halves.length === 1);
  const back = groupsOf(halves[1] ?? '', true);
  if (front === undefined || back === undefined) return undefined;
  const zeros = 8 - front.length - back.length;
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...front, ...Array.from({ length: zeros }, () => 0n), ...back];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of 16 bits; the last two may be written dotted where they end the address. */
function groupsOf(text: string, endsAddress: boolean): bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: bigint[] = [];
  for (const [i, part] of parts.entries()) {
    const dotted = endsAddress && i === parts.length - 1 ? parseDotted(part) : undefined;
    if (dotted !== undefined) groups.push(dotted >> 16n, dotted & 0xffffn);
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function longestZeros(groups: readonly string[]): { at: number; length: number } {
  let longest = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > longest.length) longest = { at, length };
  }
  return longest;
}
