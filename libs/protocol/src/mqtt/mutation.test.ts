import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { randomNumbers } from '../testing/random-numbers.ts';
import { decode } from './decoder.ts';
import { malformedVectors, validVectors, vectorLimits } from './vectors.ts';

const rounds = 60;
const seeds = [...validVectors, ...malformedVectors].filter(({ bytes }) => bytes.length <= 256);

type Mutation = (bytes: Buffer, random: (below: number) => number) => Buffer;
const mutations: readonly Mutation[] = [
  // a bit
  (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random(8));
    return bytes;
  },
  // a byte
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  // a byte that lengths and limits are sensitive to
  (bytes, random) => {
    bytes[random(bytes.length)] = [0x00, 0x01, 0x7f, 0x80, 0xff][random(5)]!;
    return bytes;
  },
  // cut
  (bytes, random) => bytes.subarray(0, 1 + random(bytes.length)),
  // bytes put in
  (bytes, random) => {
    const at = random(bytes.length);
    const more = Buffer.from(Array.from({ length: 1 + random(6) }, () => random(256)));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  // bytes taken out
  (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(4))]);
  },
];

test('whatever a packet is changed into, decode answers or throws a ProtocolError, and stays in its bytes', () => {
  const random = randomNumbers(20_260_101);
  let packets = 0;
  let refusals = 0;
  for (const { bytes: seed, version, name } of seeds) {
    for (let round = 0; round < rounds; round++) {
      let bytes: Buffer = Buffer.from(seed);
      for (let n = 1 + random(3); n > 0 && bytes.length > 0; n--) {
        bytes = mutations[random(mutations.length)]!(bytes, random);
      }
      // Half of them with a Remaining Length that fits, so that the body is looked at.
      if (bytes.length > 1 && bytes.length < 130 && random(2) === 0) bytes[1] = bytes.length - 2;
      const spoken = random(8) === 0 ? (version === 4 ? 5 : 4) : version;
      try {
        const packet = decode(bytes, 0, bytes.length, spoken, vectorLimits);
        if (packet === undefined) continue;
        packets++;
        if (packet.end > bytes.length || packet.end < 2)
          expect.fail(`end ${packet.end} of ${bytes.toString('hex')}`);
      } catch (error) {
        if (!(error instanceof ProtocolError)) {
          throw new Error(`${name} as ${bytes.toString('hex')}, level ${spoken}`, { cause: error });
        }
        refusals++;
      }
    }
  }
  // Both sides of the rule are reached, or the mutations have become useless.
  expect(packets).toBeGreaterThan(seeds.length);
  expect(refusals).toBeGreaterThan(seeds.length);
});
