import { decode, type CodecLimits } from '@tributary/protocol';
import * as mqttPacket from 'mqtt-packet';
import { numberedPayload } from '../../load/index.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

const limits: CodecLimits = { maxPacketBytes: 1_048_576, maxTopicBytes: 1024, maxTopicLevels: 32 };
const payloadBytes = 100;
const samples = 15;

/** Why the gateway decodes PUBLISH by hand: µs per packet beside mqtt-packet, alone in its read and 64 in one. */
export async function decodePublishBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const rounds = Math.max(1, Math.round((options.seconds ?? 2) * 1000));
  const rows: string[][] = [];
  const data: Record<string, { byHand: number; library: number }> = {};
  for (const version of [4, 5] as const) {
    for (const packets of [1, 64]) {
      const chunk = readOf(version, packets);
      const byHand = await time(() => decodeByHand(chunk, version), rounds, packets);
      const library = await time(parseWithLibrary(chunk, version), rounds, packets);
      const name = `MQTT ${version === 4 ? '3.1.1' : '5'}, ${packets} in a read`;
      data[name] = { byHand, library };
      rows.push([name, short(byHand), short(library), short(library / byHand)]);
    }
  }
  const table = markdownTable(['PUBLISH, QoS 1, 100 bytes', 'by hand µs', 'mqtt-packet µs', 'ratio'], rows);
  return { markdown: table, data, isGood: true };
}

function readOf(version: 4 | 5, packets: number): Buffer {
  const payload = numberedPayload(payloadBytes)('', 1);
  const packet = mqttPacket.generate(
    {
      cmd: 'publish',
      topic: 'devices/pump-0001/telemetry',
      qos: 1,
      messageId: 7,
      payload,
      dup: false,
      retain: false,
    },
    { protocolVersion: version },
  );
  return Buffer.concat(Array.from({ length: packets }, () => packet));
}

function decodeByHand(chunk: Buffer, version: 4 | 5): number {
  let bytes = 0;
  for (let at = 0; at < chunk.length;) {
    const packet = decode(chunk, at, chunk.length, version, limits);
    if (packet === undefined || !('payloadEnd' in packet)) throw new Error('no PUBLISH');
    bytes += packet.payloadEnd - packet.payloadStart;
    at = packet.end;
  }
  return bytes;
}

function parseWithLibrary(chunk: Buffer, version: 4 | 5): () => number {
  const parser = mqttPacket.parser({ protocolVersion: version });
  let bytes = 0;
  parser.on('packet', (packet) => {
    if (packet.cmd === 'publish') bytes += packet.payload.length;
  });
  return () => {
    bytes = 0;
    parser.parse(chunk);
    return bytes;
  };
}

/** µs per packet: the median of a few samples, after one that warms up. */
async function time(read: () => number, rounds: number, packets: number): Promise<number> {
  const perSample = Math.max(1, Math.round((rounds * 20) / samples / packets));
  const micros: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    for (let i = 0; i < perSample; i++)
      if (read() !== packets * payloadBytes) throw new Error('wrong number of payload bytes');
    if (sample > 0) micros.push(((performance.now() - startMs) * 1000) / perSample / packets);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return median(micros);
}
