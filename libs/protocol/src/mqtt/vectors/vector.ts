import type { CloseReason } from '../../close-reasons.ts';
import type { ProtocolVersion } from '../packet-type.ts';
import type { Will } from '../will.ts';
import { wire } from './notation.ts';

interface Example {
  /** A sentence's object; the clause of the specification in brackets where there is one. */
  readonly name: string;
  /** Of the connection the bytes come on. */
  readonly version: ProtocolVersion;
  readonly bytes: Buffer;
}

/** A packet and what is read from it. */
export interface ValidVector extends Example {
  readonly packet: ExpectedPacket;
  /** Our encoder writes the same packet in another form, shorter or in another order, or does not write it at all. */
  readonly hasOtherForm: boolean;
}

/** Bytes that end their connection. */
export interface MalformedVector extends Example {
  readonly code: CloseReason;
  /** Bytes after which it is known: the refusal comes with these, however long the rest takes. */
  readonly knownAfter: number;
}

/** A PUBLISH with its topic and payload as values. */
export interface ExpectedPublish {
  readonly type: 'publish';
  readonly qos: 0 | 1 | 2;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly packetId: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly properties?: Readonly<Record<string, unknown>>;
}
export interface ExpectedAck {
  readonly type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';
  readonly packetId: number;
  readonly reasonCode: number;
}
/** The named fields, as `mqtt-packet` spells them, are among those read. */
export interface ExpectedControl {
  readonly type: 'connect' | 'subscribe' | 'unsubscribe' | 'pingreq' | 'disconnect' | 'auth';
  readonly version?: ProtocolVersion;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of a CONNECT, as we read it. */
  readonly will?: Will;
}
export type ExpectedPacket = ExpectedPublish | ExpectedAck | ExpectedControl;

export type Versions = 4 | 5 | 'both';

const list = (versions: Versions): ProtocolVersion[] => (versions === 'both' ? [4, 5] : [versions]);

/** A valid row; for `both`, one of each version. */
export function valid(
  versions: Versions,
  name: string,
  notation: string,
  packet: ExpectedPacket,
  hasOtherForm = false,
): ValidVector[] {
  return list(versions).map((version) => ({ name, version, bytes: wire(notation), packet, hasOtherForm }));
}

/** A malformed row; `knownAfter` is absent where the whole packet is needed to know. */
export function malformed(
  versions: Versions,
  name: string,
  notation: string,
  code: CloseReason,
  knownAfter?: number,
): MalformedVector[] {
  const bytes = wire(notation);
  return list(versions).map((version) => ({
    name,
    version,
    bytes,
    code,
    knownAfter: knownAfter ?? bytes.length,
  }));
}
