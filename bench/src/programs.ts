import { attacks } from './attacks.ts';
import { dashboard } from './dashboard.ts';
import { fairness } from './fairness.ts';
import { aclBenchmark } from './micro/acl.ts';
import { copyRangeBenchmark } from './micro/copy-range.ts';
import { decodePublishBenchmark } from './micro/decode-publish.ts';
import { encodePublishBenchmark } from './micro/encode-publish.ts';
import { sourcesBenchmark } from './micro/sources.ts';
import { throttleBenchmark } from './micro/throttle.ts';
import { uplinkWriterBenchmark } from './micro/uplink-writer.ts';
import { fanout } from './fanout.ts';
import { overloadBenchmark } from './overload.ts';
import type { ProgramOptions, ProgramResult } from './program.ts';
import { quality } from './quality.ts';
import { qualityWrites } from './quality-writes.ts';
import { routing } from './routing.ts';
import { soak } from './soak.ts';
import { storm } from './storm.ts';
import { compareThroughput } from './throughput-table.ts';

interface Program {
  says: string;
  run(options: ProgramOptions): Promise<ProgramResult>;
}

/** Every benchmark by its name. */
export const programs: Readonly<Record<string, Program>> = {
  'throughput': {
    says: 'messages/s and CPU µs per message: Tributary beside the floor and Aedes, TCP and WebSocket',
    run: compareThroughput,
  },
  'fairness': { says: 'PUBACK of 1,000 devices with and without one that floods', run: fairness },
  'soak': {
    says: '5,000 devices at 5,000 messages/s: nothing lost, nobody disconnected, memory flat',
    run: soak,
  },
  'attacks': {
    says: '1,000 devices at a message a second, quiet and beside ten attacks; --only flood-one,brute-force',
    run: attacks,
  },
  'overload': {
    says: 'critical devices beside bulk ones that offer three times what the node takes',
    run: overloadBenchmark,
  },
  'storm': {
    says: '10,000 sessions with 20 queued messages each come back at once; live devices beside them',
    run: storm,
  },
  'fanout': {
    says: 'deliveries/s to persistent sessions that are there, and what Redis is asked for one; Aedes beside it',
    run: fanout,
  },
  'routing': {
    says: 'publishing beside 0, 1,000 and 100,000 subscriptions that match nothing of it',
    run: routing,
  },
  'quality': {
    says: 'what measuring the links of 10,000 devices costs the node and Redis; --only ws: over WebSocket',
    run: quality,
  },
  'quality-writes': { says: 'CPU µs of Redis for each write about a link', run: qualityWrites },
  'dashboard': {
    says: '100,000 devices in the admin, 500 changes/s: answers, feed, memory; with --browser the page',
    run: dashboard,
  },
  'decode-publish': { says: 'decoding a PUBLISH by hand and with mqtt-packet', run: decodePublishBenchmark },
  'encode-publish': { says: 'encoding a PUBLISH by hand and with mqtt-packet', run: encodePublishBenchmark },
  'uplink-writer': {
    says: 'storing entries with the uplink writer and with ioredis',
    run: uplinkWriterBenchmark,
  },
  'throttle': { says: 'what limits on rates cost a message that is within them', run: throttleBenchmark },
  'sources': { says: 'what counting its source costs a connection', run: sourcesBenchmark },
  'acl': { says: 'what the rules of a device cost a PUBLISH', run: aclBenchmark },
  'copy-range': { says: 'copying a few bytes in a loop and with Buffer.copy', run: copyRangeBenchmark },
};
