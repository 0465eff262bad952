import { encodeControl } from '@tributary/protocol';
import * as mqttPacket from 'mqtt-packet';
import type { MemoryTransport } from './memory-transport.ts';
import { until } from './until.ts';

/** What a device sends and is told, as packets. */
export class DeviceDesk {
  readonly transport: MemoryTransport;
  readonly #parser = mqttPacket.parser({ protocolVersion: 5 });
  readonly #packets: mqttPacket.Packet[] = [];

  constructor(transport: MemoryTransport) {
    this.transport = transport;
    this.#parser.on('packet', (packet) => this.#packets.push(packet));
  }

  /** Bytes, or packets in one piece. */
  send(...said: readonly (Buffer | mqttPacket.Packet)[]): void {
    const bytes = said.map((each) => (Buffer.isBuffer(each) ? each : encodeControl(each, 5)));
    this.transport.arrive(Buffer.concat(bytes));
  }

  /** The next packet the device is told. */
  async next(): Promise<mqttPacket.Packet> {
    await until('a packet for the device', () => this.#received().length > 0);
    return this.#packets.shift()!;
  }

  /** All that the device is told until the server ends the connection. */
  async last(): Promise<mqttPacket.Packet[]> {
    await until('the end of the connection', () => this.transport.isClosed);
    return this.#received().splice(0);
  }

  /** What the device was told and has not taken, once everything under way is done. */
  async soFar(): Promise<mqttPacket.Packet[]> {
    await turns();
    return this.#received().splice(0);
  }

  #received(): mqttPacket.Packet[] {
    const bytes = this.transport.written();
    if (bytes.length > 0) this.#parser.parse(bytes);
    return this.#packets;
  }
}

/** A few turns of the event loop: enough for all that waits for nobody outside. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
