import { ProtocolError } from '../errors.ts';

/** Subprotocol name of plain WebSocket devices, version 1. */
export const deviceSubprotocol = 'tributary.v1';

export interface HelloFrame {
  readonly type: 'hello';
  /** Absent: the gateway assigns one and says it in `welcome`. */
  readonly clientId?: string;
  readonly cleanStart: boolean;
  /** Seconds the session outlives the connection. */
  readonly expiry: number;
  /** Seconds; 0 is none. */
  readonly keepAlive: number;
  readonly user?: string;
  readonly password?: string;
}
export interface PublishFrame {
  readonly type: 'publish';
  /** Given: answered by `ack` once stored. Absent: at most once, never answered. */
  readonly id?: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly contentType?: string;
  readonly retain: boolean;
}
export interface AckFrame {
  readonly type: 'ack';
  readonly id: number;
}
export interface PingFrame {
  readonly type: 'ping';
}
export interface ByeFrame {
  readonly type: 'bye';
}
/** What a device says. */
export type DeviceFrame = HelloFrame | PublishFrame | AckFrame | PingFrame | ByeFrame;

/** What the gateway says. */
export type GatewayFrame =
  | {
      readonly type: 'welcome';
      readonly version: 1;
      readonly clientId: string;
      readonly epoch: number;
      readonly sessionPresent: boolean;
      /** Seconds in force; 0 is none. */
      readonly keepAlive: number;
      /** Messages with an id that may be unacknowledged at once before reading pauses. */
      readonly window: number;
      readonly maxFrameBytes: number;
    }
  | { readonly type: 'ack'; readonly id: number }
  | { readonly type: 'error'; readonly id?: number; readonly code: string; readonly message: string }
  | {
      readonly type: 'message';
      readonly id?: number;
      readonly topic: string;
      readonly payload: string;
      readonly encoding?: 'base64';
    }
  | { readonly type: 'pong' }
  | { readonly type: 'bye'; readonly reason: string; readonly retry: string };

const fieldsOf: Record<DeviceFrame['type'], ReadonlySet<string>> = {
  hello: new Set(['type', 'clientId', 'cleanStart', 'expiry', 'keepAlive', 'user', 'password']),
  publish: new Set(['type', 'id', 'topic', 'payload', 'encoding', 'contentType', 'retain']),
  ack: new Set(['type', 'id']),
  ping: new Set(['type']),
  bye: new Set(['type']),
};

/**
 * Reads one text frame of a plain device.
 * @throws ProtocolError `malformed` when it is no JSON object, `protocol-error` when a field is missing, unknown or of a
 *   wrong kind; the message names the field
 */
export function parseDeviceFrame(text: string): DeviceFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProtocolError('malformed', `frame is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('malformed', 'frame is not a JSON object');
  }
  const frame = value as Record<string, unknown>;
  const type = frame['type'];
  if (typeof type !== 'string' || !Object.hasOwn(fieldsOf, type))
    refuse('type', 'hello, publish, ack, ping or bye');
  const known = fieldsOf[type as DeviceFrame['type']];
  for (const name in frame) if (!known.has(name)) refuse(name, 'no such field');
  switch (type as DeviceFrame['type']) {
    case 'hello':
      return {
        type: 'hello',
        ...optional('clientId', textField(frame, 'clientId')),
        cleanStart: boolean(frame, 'cleanStart', true),
        expiry: whole(frame, 'expiry', 0, 0xffff_ffff) ?? 0,
        keepAlive: whole(frame, 'keepAlive', 0, 0xffff) ?? 60,
        ...optional('user', textField(frame, 'user')),
        ...optional('password', textField(frame, 'password')),
      };
    case 'publish': {
      const topic = textField(frame, 'topic');
      if (topic === undefined) refuse('topic', 'a text');
      return {
        type: 'publish',
        ...optional('id', whole(frame, 'id', 1, Number.MAX_SAFE_INTEGER)),
        topic,
        payload: payloadBytes(frame),
        ...optional('contentType', textField(frame, 'contentType')),
        retain: boolean(frame, 'retain', false),
      };
    }
    case 'ack': {
      const id = whole(frame, 'id', 1, Number.MAX_SAFE_INTEGER);
      if (id === undefined) refuse('id', 'a whole number');
      return { type: 'ack', id };
    }
    case 'ping':
      return { type: 'ping' };
    case 'bye':
      return { type: 'bye' };
  }
}

/** The text frame that says `frame`. */
export const encodeGatewayFrame = (frame: GatewayFrame): string => JSON.stringify(frame);

/** @throws ProtocolError when it is nested deeper than can be written */
function jsonText(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    if (error instanceof RangeError) throw new ProtocolError('malformed', 'payload is nested too deeply');
    throw error;
  }
}

function payloadBytes(frame: Record<string, unknown>): Buffer {
  const { payload, encoding } = frame;
  if (payload === undefined) refuse('payload', 'required');
  if (encoding === undefined) return Buffer.from(typeof payload === 'string' ? payload : jsonText(payload));
  if (encoding !== 'base64') refuse('encoding', '"base64" or absent');
  if (typeof payload !== 'string' || !isBase64(payload)) refuse('payload', 'base64 text');
  return Buffer.from(payload, 'base64');
}

/** RFC 4648 section 4; padding may be left out, but not half of it. */
function isBase64(text: string): boolean {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false;
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
}

function textField(frame: Record<string, unknown>, name: string): string | undefined {
  const value = frame[name];
  if (value !== undefined && (typeof value !== 'string' || /[\0\p{Cs}]/u.test(value))) {
    refuse(name, 'a text without U+0000 and lone surrogates');
  }
  return value;
}

function whole(frame: Record<string, unknown>, name: string, min: number, max: number): number | undefined {
  const value = frame[name];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    refuse(name, `a whole number from ${min} to ${max}`);
  }
  return value as number;
}

function boolean(frame: Record<string, unknown>, name: string, fallback: boolean): boolean {
  const value = frame[name];
  if (value !== undefined && typeof value !== 'boolean') refuse(name, 'true or false');
  return value ?? fallback;
}

function optional<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}

function refuse(field: string, wanted: string): never {
  throw new ProtocolError('protocol-error', `field ${field}: ${wanted}`);
}
