import { formatIpAddress, type IpAddress, parseIpAddress, ProtocolError } from '@tributary/protocol';

// The PROXY protocol, versions 1 and 2: haproxy.org, doc/proxy-protocol.txt, sections 2.1 and 2.2.

/** Versions a listener takes. */
export type ProxyVersions = 'v1' | 'v2' | 'any';

/** What a proxy said in front of a connection. */
export interface ProxyHeader {
  /** Bytes it takes; what is behind them is the device's. */
  readonly used: number;
  /** Who connected to the proxy. Undefined where it does not say: a connection of its own, or no TCP over IP. */
  readonly source: ProxySource | undefined;
}

export interface ProxySource {
  /** In its one spelling, IPv4 dotted. */
  readonly address: string;
  readonly port: number;
}

/** Longest line of version 1, with its line end (section 2.1). */
export const maxLineBytes = 107;
/** Addresses and whatever a sender adds behind them; senders are asked to stay within a segment (section 2.2). */
export const maxBlockBytes = 4096;

const lineStart = Buffer.from('PROXY ', 'latin1');
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** The signature, version and command, family, length of the rest. */
const fixedBytes = 16;

/**
 * Reads the header at the beginning of `bytes`; undefined while more of it must come.
 * @throws ProtocolError `bad-proxy-header` as soon as it cannot become one, before anything more is waited for
 */
export function readProxyHeader(bytes: Buffer, versions: ProxyVersions): ProxyHeader | undefined {
  const isBinary = bytes.length > 0 && bytes[0] === signature[0];
  if (isBinary ? versions === 'v1' : versions === 'v2') {
    if (bytes.length > 0) throw bad('not of the version this listener takes');
    return undefined;
  }
  return isBinary ? readBinary(bytes) : readLine(bytes);
}

function readLine(bytes: Buffer): ProxyHeader | undefined {
  checkStart(bytes, lineStart);
  const end = lineEnd(bytes.subarray(0, maxLineBytes));
  if (end === undefined) return undefined;
  const [, family, ...rest] = bytes.toString('latin1', 0, end).split(' ');
  return { used: end + 2, source: family === 'UNKNOWN' ? undefined : lineSource(family, rest) };
}

/** Where the line ends; undefined while it may still do so. A CR or LF alone ends none (section 2.1). */
function lineEnd(bytes: Buffer): number | undefined {
  const end = bytes.findIndex((byte) => byte === 0x0d || byte === 0x0a);
  if (end < 0 || end === bytes.length - 1) {
    if (bytes.length >= maxLineBytes) throw bad(`no line end within ${maxLineBytes} bytes`);
    if (bytes[end] !== 0x0a) return undefined;
  }
  if (bytes[end] !== 0x0d || bytes[end + 1] !== 0x0a) throw bad('a line end that is none');
  return end;
}

function lineSource(family: string | undefined, rest: readonly string[]): ProxySource {
  const [source = '', destination = '', sourcePort = '', destinationPort = ''] = rest;
  if (rest.length !== 4) throw bad('not four words behind the family');
  if (family !== 'TCP4' && family !== 'TCP6') throw bad('neither TCP4, TCP6 nor UNKNOWN');
  addressOf(family, destination);
  portOf(destinationPort);
  return { address: formatIpAddress(addressOf(family, source)), port: portOf(sourcePort) };
}

function addressOf(family: 'TCP4' | 'TCP6', text: string): IpAddress {
  const address = text.includes(':') === (family === 'TCP6') ? parseIpAddress(text) : undefined;
  if (address === undefined) throw bad('an address that is none of its family');
  return address;
}

function portOf(text: string): number {
  if (!/^(0|[1-9]\d{0,4})$/.test(text) || Number(text) > 0xffff) throw bad('a port that is none');
  return Number(text);
}

function readBinary(bytes: Buffer): ProxyHeader | undefined {
  checkStart(bytes, signature);
  checkCommand(bytes);
  if (bytes.length < fixedBytes) return undefined;
  const isLocal = (bytes[12]! & 0x0f) === 0;
  const blockBytes = bytes.readUInt16BE(14);
  if (blockBytes > maxBlockBytes) throw bad(`${blockBytes} bytes declared, above ${maxBlockBytes}`);
  const addressBytes = isLocal ? 0 : addressBytesOf(bytes[13]!);
  if (blockBytes < addressBytes) throw bad(`${blockBytes} bytes declared, too few for its addresses`);
  const used = fixedBytes + blockBytes;
  if (bytes.length < used) return undefined;
  return { used, source: isLocal ? undefined : binarySource(bytes) };
}

/** Says no at the very byte that is wrong. */
function checkCommand(bytes: Buffer): void {
  const command = bytes[12];
  if (command === undefined) return;
  if (command >> 4 !== 2) throw bad('a version other than 2');
  if ((command & 0x0f) > 1) throw bad('neither LOCAL nor PROXY');
  const family = bytes[13];
  // The family of a LOCAL connection is ignored, whatever it says.
  if (family !== undefined && (command & 0x0f) === 1 && (family >> 4 > 3 || (family & 0x0f) > 2)) {
    throw bad('a family that does not exist');
  }
}

/** By family: bytes of both addresses and, for IP, both ports. */
const addressBlocks = [0, 12, 36, 216] as const;
const addressBytesOf = (family: number): number => addressBlocks[family >> 4] ?? 0;

/** Of anything but TCP over IP nothing is taken: it counts as unspecified (section 2.2). */
function binarySource(bytes: Buffer): ProxySource | undefined {
  switch (bytes[13]) {
    case 0x11:
      return { address: bytes.subarray(16, 20).join('.'), port: bytes.readUInt16BE(24) };
    case 0x21: {
      const address = parseIpAddress(bytes.toString('hex', 16, 32).match(/.{4}/g)!.join(':'))!;
      return { address: formatIpAddress(address), port: bytes.readUInt16BE(48) };
    }
    default:
      return undefined;
  }
}

function checkStart(bytes: Buffer, expected: Buffer): void {
  const count = Math.min(bytes.length, expected.length);
  if (bytes.compare(expected, 0, count, 0, count) !== 0) throw bad('no PROXY header');
}

const bad = (why: string): ProtocolError => new ProtocolError('bad-proxy-header', why);
