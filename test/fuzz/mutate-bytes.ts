import type { Random } from './random.ts';

/** A change to the bytes of one packet; `others` are packets of the same session. Never changes its argument. */
type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const sensitive = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xff] as const;

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = value;
  return changed;
}

/** Where the body begins: behind the first byte and the Remaining Length. */
function bodyStart(bytes: Buffer): number {
  let at = 1;
  while (at < Math.min(bytes.length, 5) && (bytes[at] ?? 0) >= 0x80) at++;
  return Math.min(at + 1, bytes.length);
}

/** A variable byte integer in its shortest form, up to 268,435,455 (MQTT 5 section 1.5.5). */
function lengthBytes(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) return Buffer.from(bytes);
  }
}

function withLength(bytes: Buffer, length: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 1), length, bytes.subarray(bodyStart(bytes))]);
}

const mutations: Readonly<Record<string, Mutation>> = {
  'bit flipped': (bytes, random) => {
    const at = random.below(bytes.length);
    return withByte(bytes, at, bytes[at]! ^ (1 << random.below(8)));
  },
  'byte changed': (bytes, random) => withByte(bytes, random.below(bytes.length), random.below(256)),
  'byte at a border': (bytes, random) =>
    withByte(bytes, random.below(Math.min(bytes.length, 24)), random.pick(sensitive)),
  'bytes put in': (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 6)), bytes.subarray(at)]);
  },
  'bytes taken out': (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 4))]);
  },
  'cut': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'twice': (bytes) => Buffer.concat([bytes, bytes]),
  'part repeated': (bytes, random) => {
    const at = random.below(bytes.length);
    const part = bytes.subarray(at, at + random.between(1, 12));
    return Buffer.concat([bytes.subarray(0, at), ...Array<Buffer>(random.between(2, 8)).fill(part)]);
  },
  'spliced': (bytes, random, others) => {
    const other = random.pick(others);
    const from = other.subarray(random.below(other.length));
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), from]);
  },
  'length off by a little': (bytes, random) => {
    const real = bytes.length - bodyStart(bytes);
    return withLength(bytes, lengthBytes(Math.max(0, real + random.pick([-2, -1, 1, 2]))));
  },
  'length a lie': (bytes, random) => {
    const lies = [0, 1, 127, 128, 16_383, 20_000, 20_001, 2_097_152, 268_435_455];
    return withLength(bytes, lengthBytes(random.pick(lies)));
  },
  'length in too many bytes': (bytes, random) => {
    const padding = random.pick(['8000', 'ff8000', '80808000', 'ffffffff7f', '8080808000']);
    return withLength(bytes, Buffer.from(padding, 'hex'));
  },
  'another type': (bytes, random) => withByte(bytes, 0, (random.below(16) << 4) | (bytes[0]! & 0x0f)),
  'other flags': (bytes, random) => withByte(bytes, 0, (bytes[0]! & 0xf0) | random.below(16)),
};

const names = Object.keys(mutations);
/** Those after which half of the packets get a length that fits again, so that their body is looked at. */
const refitted = new Set(['bytes put in', 'bytes taken out', 'part repeated', 'spliced', 'cut']);

/** Changes a packet in some way, and says in which. */
export function mutate(
  bytes: Buffer,
  random: Random,
  others: readonly Buffer[],
): { bytes: Buffer; how: string } {
  const how = random.pick(names);
  const full = others.filter((other) => other.length > 0);
  if (bytes.length === 0) return { bytes: random.bytes(random.between(1, 8)), how: 'made up' };
  const changed = mutations[how]!(bytes, random, full.length > 0 ? full : [bytes]);
  if (!refitted.has(how) || changed.length < 2 || random.chance(50)) return { bytes: changed, how };
  const body = changed.length - bodyStart(changed);
  return { bytes: withLength(changed, lengthBytes(body)), how: `${how}, length fits` };
}
