import {
  adviceOf,
  type CloseReason,
  type DeviceFrame,
  encodeGatewayFrame,
  type GatewayFrame,
  type HelloFrame,
  parseDeviceFrame,
  type ProofFrame,
  ProtocolError,
} from '@tributary/protocol';
import { Connection } from './connection.ts';
import { PauseCause } from './pause-cause.ts';

/** Takes what the device says. A thrown ProtocolError ends the connection with its code. */
export interface DeviceHandler {
  onHello(frame: HelloFrame): void;
  onFrame(frame: Exclude<DeviceFrame, HelloFrame | ProofFrame>): void;
}

/** A plain WebSocket device: one JSON text frame after the other (docs/device-websocket.md). */
export class DeviceConnection extends Connection {
  handler: DeviceHandler | undefined;
  readonly protocol = 'tributary.v1';
  /** Frames to write at the end of the turn. */
  #outbox: string[] = [];
  #outboxBytes = 0;
  /** Frames that came while reading was paused; what the socket had read by then, so bounded by its read size. */
  readonly #inbox: string[] = [];
  #inboxBytes = 0;
  #isReading = false;
  /** Who waits for the answer to a challenge. */
  #onProof: ((frame: ProofFrame) => void) | undefined;

  override onBytes(): void {
    this.close('unsupported-data');
  }

  override onText(text: string): void {
    if (!this.isOpen()) return;
    this.heard();
    this.#inbox.push(text);
    this.#inboxBytes += text.length;
    if (this.isPaused) this.noteHeld();
    else this.readBuffered();
  }

  send(frame: GatewayFrame): void {
    if (!this.isOpen()) return;
    const text = encodeGatewayFrame(frame);
    this.tap?.frameOut(frame, text.length);
    this.#outboxBytes += text.length;
    const waiting = this.transport.pendingBytes + this.#outboxBytes - text.length;
    // Alone, a frame of any size passes: the limit is on what piles up.
    if (waiting > 0 && waiting + text.length > this.services.limits.maxOutboxBytes) {
      this.#outbox = [];
      this.close('slow-consumer');
      return;
    }
    if (this.#outbox.push(text) === 1) this.services.flusher.add(this);
  }

  /** Reads the answer to a challenge, and no more, of a device that is being admitted. Does not settle when it ends. */
  readProof(): Promise<ProofFrame> {
    return new Promise((resolve) => {
      this.#onProof = resolve;
      this.resume(PauseCause.ADMITTING);
    });
  }

  override get gatheredBytes(): number {
    return this.#outboxBytes;
  }

  override get bufferedBytes(): number {
    return this.#inboxBytes;
  }

  protected override writeGathered(): void {
    const frames = this.#outbox;
    this.#outbox = [];
    this.#outboxBytes = 0;
    for (const frame of frames) this.transport.writeText(frame);
  }

  protected override sayClosed(reason: CloseReason): void {
    const bye = { type: 'bye', reason, retry: adviceOf(reason).retry } as const;
    const text = encodeGatewayFrame(bye);
    this.tap?.frameOut(bye, text.length);
    this.#outbox.push(text);
  }

  protected override readBuffered(): void {
    // A frame's own answer may resume reading: the loop that runs already goes on.
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#inbox.length > 0 && this.canTake()) {
      const text = this.#inbox.shift()!;
      this.#inboxBytes -= text.length;
      this.packetBytes = text.length;
      this.behindBytes = this.#inboxBytes;
      this.#take(text);
    }
    this.#isReading = false;
    this.noteHeld();
  }

  protected override forgetRead(): void {
    this.#inbox.length = 0;
    this.#inboxBytes = 0;
  }

  #take(text: string): void {
    try {
      const frame = parseDeviceFrame(text);
      this.tap?.frameIn(frame, text.length);
      if (this.state === 'active') {
        if (frame.type === 'hello') throw new ProtocolError('protocol-error', 'a second hello');
        if (frame.type === 'proof') throw new ProtocolError('protocol-error', 'a proof nobody asked for');
        this.handler!.onFrame(frame);
      } else if (this.#onProof !== undefined) {
        this.#takeProof(frame);
      } else {
        if (frame.type !== 'hello') throw new ProtocolError('protocol-error', 'no hello first');
        this.beginAdmission();
        this.handler!.onHello(frame);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #takeProof(frame: DeviceFrame): void {
    if (frame.type !== 'proof')
      throw new ProtocolError('protocol-error', 'no proof, though it was asked for');
    const onProof = this.#onProof!;
    this.#onProof = undefined;
    this.pause(PauseCause.ADMITTING);
    onProof(frame);
  }
}
