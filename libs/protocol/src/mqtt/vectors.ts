import type { CodecLimits } from './packet-type.ts';
import { malformedAcks, validAcks } from './vectors/acks.ts';
import { malformedConnect, validConnect } from './vectors/connect.ts';
import { malformedControl, validControl } from './vectors/control.ts';
import { malformedPublish, validPublish } from './vectors/publish.ts';
import type { MalformedVector, ValidVector } from './vectors/vector.ts';

export type {
  ExpectedAck,
  ExpectedControl,
  ExpectedPublish,
  MalformedVector,
  ValidVector,
} from './vectors/vector.ts';

/** The limits the examples are made for: small, so that what exceeds them fits a table. */
export const vectorLimits: CodecLimits = { maxPacketBytes: 20_000, maxTopicBytes: 64, maxTopicLevels: 8 };

/**
 * The one table of MQTT wire examples: unit tests, split-at-every-byte tests, fuzz seeds and benchmarks read it. A fixed
 * bug of the codec leaves a row here.
 */
export const validVectors: readonly ValidVector[] = [
  ...validConnect,
  ...validPublish,
  ...validAcks,
  ...validControl,
];

/** Bytes that must end their connection with `code`. */
export const malformedVectors: readonly MalformedVector[] = [
  ...malformedConnect,
  ...malformedPublish,
  ...malformedAcks,
  ...malformedControl,
];
