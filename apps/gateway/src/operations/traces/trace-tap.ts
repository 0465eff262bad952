import type { TraceEvent } from '@tributary/backplane';
import type { AckType, ClientPacket, DeviceFrame, GatewayFrame, ProtocolVersion } from '@tributary/protocol';
import type { PacketTap } from '../../connection/packet-tap.ts';
import type { Session } from '../../session/session.ts';
import type { OperationsParts } from '../parts.ts';
import { describeDeviceFrame, describeGatewayFrame } from './describe-frame.ts';
import { describeIn, nameOf } from './describe-in.ts';
import { describeOut } from './describe-out.ts';
import { type Described, shortDetail } from './description.ts';
import { Exchanges } from './exchanges.ts';
import type { RunningTrace } from './running-trace.ts';

/** What is told of a payload at the most, bytes. */
const maxPayloadBytes = 1024;
const plainAckBytes = 4;
/** The most topic aliases of one direction that are remembered. */
const maxAliases = 100;

/** Looks on at one connection for the traces it is meant by. What comes too fast for all of them is not even read. */
export class TraceTap implements PacketTap {
  readonly traces: readonly RunningTrace[];
  readonly #session: Session;
  readonly #parts: OperationsParts;
  readonly #exchanges = new Exchanges();
  readonly #aliases = { in: new Map<number, string>(), out: new Map<number, string>() };

  constructor(session: Session, traces: readonly RunningTrace[], parts: OperationsParts) {
    this.#session = session;
    this.traces = traces;
    this.#parts = parts;
  }

  packetIn(packet: ClientPacket, size: number): void {
    this.#tell('in', () => this.#named('in', describeIn(packet, size)));
  }

  packetOut(bytes: Uint8Array, version: ProtocolVersion): void {
    this.#tell('out', () => this.#named('out', describeOut(bytes, version)));
  }

  ackOut(type: AckType, packetId: number): void {
    this.#tell('out', () => ({
      told: { type: nameOf(type), packetId, reasonCode: 0, bytes: plainAckBytes },
    }));
  }

  frameIn(frame: DeviceFrame, size: number): void {
    this.#tell('in', () => describeDeviceFrame(frame, size));
  }

  frameOut(frame: GatewayFrame, size: number): void {
    this.#tell('out', () => describeGatewayFrame(frame, size));
  }

  /** Something that is no packet. */
  happened(type: string, detail: string): void {
    this.#tell('none', () => ({ told: { type, detail: shortDetail(detail) } }));
  }

  #tell(direction: TraceEvent['direction'], describe: () => Described): void {
    const at = this.#parts.monotonic();
    const takers = this.traces.filter((trace) => trace.takes(at));
    if (takers.length === 0) return;
    const { told, payload } = describe();
    const event: TraceEvent = {
      ts: this.#parts.now(),
      node: this.#parts.nodeName(),
      device: this.#session.clientId,
      epoch: this.#session.epoch,
      direction,
      ...(direction === 'none' ? told : this.#exchanges.timed(direction, told, at)),
    };
    for (const trace of takers) {
      const isWhole = trace.order.payload && payload !== undefined;
      trace.add(isWhole ? { ...event, payload: beginningOf(payload) } : event);
    }
  }

  /** The description with the topic an alias stands for, as far as this tap saw it set. */
  #named(direction: 'in' | 'out', described: Described): Described {
    const { alias, told } = described;
    if (alias === undefined) return described;
    const known = this.#aliases[direction];
    if (told.topic === undefined) return { ...described, told: { ...told, topic: known.get(alias) } };
    if (known.has(alias) || known.size < maxAliases) known.set(alias, told.topic);
    return described;
  }
}

/** As base64. */
function beginningOf(payload: Uint8Array): string {
  const from = payload.subarray(0, maxPayloadBytes);
  return Buffer.from(from.buffer, from.byteOffset, from.length).toString('base64');
}
