import { z } from 'zod';
import { limitMode, rateText } from './rates.ts';

const count = (from: number, to: number, initial: number, says: string) =>
  z.int().min(from).max(to).default(initial).describe(says);
const mode = limitMode
  .default('enforce')
  .describe('Refuse what is too much, or only count it and let it in (`observe`), or do neither.');

const addressSchema = z.strictObject({
  mode,
  rate: rateText
    .default('2000/s')
    .describe(
      'Connections of one address, in the long run. Twice what a load test from one machine needs; a home needs 5/s.',
    ),
  burst: count(
    1,
    10_000_000,
    10_000,
    'Connections it may open at once before its rate counts. Ten thousand behind one NAT may come back together.',
  ),
  connections: count(
    1,
    10_000_000,
    100_000,
    'Connections it may have open. Above what one client machine has ports for.',
  ),
  unauthenticated: count(
    1,
    10_000_000,
    20_000,
    'Of those, how many may not have said yet who they are. Ten seconds of its rate.',
  ),
  tlsHandshakes: count(
    1,
    1_000_000,
    4096,
    'TLS handshakes it may have in progress. One core does some thousand in the time a handshake has.',
  ),
});

const prefixSchema = z.strictObject({
  mode,
  ipv4Bits: count(
    8,
    32,
    24,
    'Length of the blocks IPv4 addresses are counted by as well. A provider hands out no less than a /24.',
  ),
  ipv6Bits: count(16, 128, 64, 'The same of IPv6. Each subscriber has a /64, and all its addresses.'),
  rate: rateText
    .default('4000/s')
    .describe('Connections of one block of addresses, in the long run. Twice that of an address.'),
  burst: count(
    1,
    10_000_000,
    20_000,
    'Connections a block may open at once before its rate counts. Twice that of an address.',
  ),
  connections: count(1, 10_000_000, 200_000, 'Connections a block may have open. Twice that of an address.'),
  unauthenticated: count(
    1,
    10_000_000,
    40_000,
    'Of those, how many may not have said yet who they are. Twice that of an address.',
  ),
});

const nodeSchema = z.strictObject({
  mode,
  tlsHandshakes: count(
    1,
    1_000_000,
    8192,
    'TLS handshakes of all addresses in progress. More could not end within limits.handshakeTimeoutMs on one core.',
  ),
});

const earnedSchema = z.strictObject({
  max: count(
    0,
    10_000_000,
    10_000,
    'Most by which the limits of an address or block may rise for devices an authenticator vouched for, one for each that it had connected at a time. 0: nobody earns anything.',
  ),
  halfLifeMs: count(
    1000,
    2_592_000_000,
    21_600_000,
    'Time in which that halves once those devices are gone, ms. Six hours outlast most outages of a site.',
  ),
});

/** What sources may ask of the node before anybody knows who they are. */
export const sourcesSchema = z
  .strictObject({
    address: addressSchema.prefault({}),
    prefix: prefixSchema.prefault({}),
    node: nodeSchema.prefault({}),
    earned: earnedSchema.prefault({}),
    maxIdle: count(
      16,
      10_000_000,
      16_384,
      'Addresses, and as many blocks, remembered while they have no connection; the oldest are forgotten. 16,384 of both take some 10 MB.',
    ),
  })
  .meta({ live: true });
