import { encodePublish, type OutgoingPublish } from '@tributary/protocol';
import * as mqttPacket from 'mqtt-packet';
import { numberedPayload } from '../../load/index.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

const payload = numberedPayload(100)('', 1);
const topic = 'devices/pump-0001/telemetry';
const samples = 15;

const plain: OutgoingPublish = { topic, payload, qos: 1, dup: false, retain: false, packetId: 7 };
const withProperties: OutgoingPublish = {
  ...plain,
  properties: {
    messageExpiry: 60,
    contentType: 'application/json',
    identifiers: [1],
    user: [['trace', '0af7651916cd43dd']],
  },
};
const peerProperties: mqttPacket.IPublishPacket['properties'] = {
  messageExpiryInterval: 60,
  contentType: 'application/json',
  subscriptionIdentifier: 1,
  userProperties: { trace: '0af7651916cd43dd' },
};

/** Why the gateway encodes PUBLISH by hand: µs per packet beside mqtt-packet. */
export async function encodePublishBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const rounds = Math.max(samples, Math.round((options.seconds ?? 2) * 20_000));
  const rows: string[][] = [];
  const data: Record<string, { byHand: number; library: number }> = {};
  const cases = [
    ['MQTT 3.1.1', 4, plain, undefined],
    ['MQTT 5', 5, plain, undefined],
    ['MQTT 5, four properties', 5, withProperties, peerProperties],
  ] as const;
  for (const [name, version, fields, properties] of cases) {
    const packet: mqttPacket.IPublishPacket = {
      ...{ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId: 7 },
      ...(properties === undefined ? {} : { properties }),
    };
    const writeByLibrary = (): number => mqttPacket.generate(packet, { protocolVersion: version }).length;
    const size = writeByLibrary();
    const byHand = await time(() => encodePublish(fields, version).length, rounds, size);
    const library = await time(writeByLibrary, rounds, size);
    data[name] = { byHand, library };
    rows.push([name, short(byHand), short(library), short(library / byHand)]);
  }
  const table = markdownTable(['PUBLISH, QoS 1, 100 bytes', 'by hand µs', 'mqtt-packet µs', 'ratio'], rows);
  return { markdown: table, data, isGood: true };
}

/** µs per packet of `size` bytes: the median of a few samples, after one that warms up. */
async function time(write: () => number, rounds: number, size: number): Promise<number> {
  const perSample = Math.round(rounds / samples);
  const micros: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    for (let i = 0; i < perSample; i++) if (write() !== size) throw new Error('wrong number of bytes');
    if (sample > 0) micros.push(((performance.now() - startMs) * 1000) / perSample);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return median(micros);
}
