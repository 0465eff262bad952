/** What a row of the table says about one way a connection can end. */
export interface CloseAdvice {
  /** WebSocket close code (RFC 6455 section 7.4; 4000–4999 are ours). */
  readonly ws: number;
  /** MQTT 5 reason code of DISCONNECT or CONNACK (MQTT 5 section 2.4). */
  readonly mqtt: number;
  /** MQTT 3.1.1 CONNACK return code, for reasons that can refuse a CONNECT (3.1.1 section 3.2.2.3). */
  readonly connack3?: number;
  /** MQTT 5 CONNACK code where that of DISCONNECT may not stand in a CONNACK (MQTT 5 table 3-1). */
  readonly connack5?: number;
  /** Who ended it, for the operator: the device, this gateway, or the network between them. */
  readonly by: 'device' | 'gateway' | 'network';
  /** What the device should do next; sent to plain WebSocket devices in `bye`. */
  readonly retry: 'now' | 'later' | 'elsewhere' | 'never';
  /** One line for people. */
  readonly says: string;
}

/**
 * Every way a connection ends. The key is the log field, the metric label, the event's `reason` and the `code` of the
 * error; the row gives the wire codes. The first reason of a connection wins, later ones are ignored.
 */
export const closeReasons = {
  // the device ended it
  'normal': { ws: 1000, mqtt: 0x00, by: 'device', retry: 'now', says: 'the device said goodbye' },
  'normal-with-will': {
    ws: 1000,
    mqtt: 0x04,
    by: 'device',
    retry: 'now',
    says: 'the device left and asked for its will',
  },
  'device-error': {
    ws: 1000,
    mqtt: 0x80,
    by: 'device',
    retry: 'now',
    says: 'the device left and reported an error',
  },

  // the network ended it
  'connection-lost': {
    ws: 1006,
    mqtt: 0x80,
    by: 'network',
    retry: 'now',
    says: 'the socket ended without a goodbye',
  },
  'keep-alive-timeout': {
    ws: 4408,
    mqtt: 0x8d,
    by: 'network',
    retry: 'now',
    says: 'nothing was heard for 1.5 keep-alives',
  },

  // the device broke the protocol
  'malformed': {
    ws: 1002,
    mqtt: 0x81,
    connack3: 1,
    by: 'gateway',
    retry: 'never',
    says: 'bytes that are no packet',
  },
  'protocol-error': {
    ws: 1002,
    mqtt: 0x82,
    by: 'gateway',
    retry: 'never',
    says: 'a packet that is not allowed here',
  },
  'unsupported-version': {
    ws: 1002,
    mqtt: 0x84,
    connack3: 1,
    by: 'gateway',
    retry: 'never',
    says: 'a protocol version this gateway does not speak',
  },
  'bad-client-id': {
    ws: 1008,
    mqtt: 0x85,
    connack3: 2,
    by: 'gateway',
    retry: 'never',
    says: 'a client id that is not accepted',
  },
  'topic-filter-invalid': {
    ws: 1008,
    mqtt: 0x8f,
    by: 'gateway',
    retry: 'never',
    says: 'a topic filter that is not allowed',
  },
  'topic-name-invalid': {
    ws: 1008,
    mqtt: 0x90,
    by: 'gateway',
    retry: 'never',
    says: 'a topic name that is not allowed',
  },
  'receive-maximum-exceeded': {
    ws: 1008,
    mqtt: 0x93,
    by: 'gateway',
    retry: 'never',
    says: 'more unacknowledged messages than agreed',
  },
  'topic-alias-invalid': {
    ws: 1008,
    mqtt: 0x94,
    by: 'gateway',
    retry: 'never',
    says: 'a topic alias that was never set or is out of range',
  },
  'payload-format-invalid': {
    ws: 1008,
    mqtt: 0x99,
    by: 'gateway',
    retry: 'never',
    says: 'a payload that is not the text it was said to be',
  },
  'retain-not-supported': {
    ws: 1008,
    mqtt: 0x9a,
    connack3: 5,
    by: 'gateway',
    retry: 'never',
    says: 'a retained message where none is taken',
  },
  'qos-not-supported': {
    ws: 1008,
    mqtt: 0x9b,
    connack3: 5,
    by: 'gateway',
    retry: 'never',
    says: 'a QoS above the highest that is offered',
  },
  'too-large': {
    ws: 1009,
    mqtt: 0x95,
    by: 'gateway',
    retry: 'never',
    says: 'a packet above the maximum size',
  },
  'unsupported-data': {
    ws: 1003,
    mqtt: 0x83,
    by: 'gateway',
    retry: 'never',
    says: 'a WebSocket frame of the wrong kind',
  },
  'bad-proxy-header': {
    ws: 1002,
    mqtt: 0x81,
    by: 'gateway',
    retry: 'never',
    says: 'a PROXY header that is none, or is too long',
  },
  'bad-forwarded-header': {
    ws: 1008,
    mqtt: 0x81,
    by: 'gateway',
    retry: 'never',
    says: 'a chain of proxies that cannot be read',
  },
  'auth-method': {
    ws: 1008,
    mqtt: 0x8c,
    by: 'gateway',
    retry: 'never',
    says: 'an authentication method this gateway does not offer',
  },

  // who may speak
  'bad-credentials': {
    ws: 4401,
    mqtt: 0x86,
    connack3: 4,
    by: 'gateway',
    retry: 'never',
    says: 'wrong user name or password',
  },
  'not-authorized': { ws: 4403, mqtt: 0x87, connack3: 5, by: 'gateway', retry: 'never', says: 'not allowed' },
  'credentials-expired': {
    ws: 4401,
    mqtt: 0x87,
    connack3: 5,
    by: 'gateway',
    retry: 'later',
    says: 'what it showed of itself has run out',
  },
  'untrusted-proxy': {
    ws: 4403,
    mqtt: 0x87,
    by: 'gateway',
    retry: 'never',
    says: 'this listener takes connections of trusted proxies only',
  },
  'certificate-revoked': {
    ws: 4403,
    mqtt: 0x87,
    by: 'gateway',
    retry: 'never',
    says: 'its certificate was revoked',
  },
  'banned': {
    ws: 4403,
    mqtt: 0x98,
    connack5: 0x8a,
    connack3: 5,
    by: 'gateway',
    retry: 'later',
    says: 'banned for a time',
  },
  'superseded': {
    ws: 4409,
    mqtt: 0x8e,
    connack5: 0x80,
    by: 'gateway',
    retry: 'never',
    says: 'a newer connection of the same client id took over',
  },
  'kicked': {
    ws: 4410,
    mqtt: 0x98,
    connack5: 0x80,
    by: 'gateway',
    retry: 'later',
    says: 'an operator ended it',
  },

  // limits
  'handshake-timeout': {
    ws: 4408,
    mqtt: 0x80,
    by: 'gateway',
    retry: 'later',
    says: 'no complete CONNECT in time',
  },
  'slow-consumer': {
    ws: 1008,
    mqtt: 0x97,
    by: 'gateway',
    retry: 'later',
    says: 'the device does not read what is sent to it',
  },
  'quota-exceeded': {
    ws: 1008,
    mqtt: 0x97,
    connack3: 3,
    by: 'gateway',
    retry: 'later',
    says: 'a quota is used up',
  },
  'rate-exceeded': {
    ws: 1008,
    mqtt: 0x96,
    by: 'gateway',
    retry: 'later',
    says: 'faster than its limit for too long',
  },
  'server-busy': {
    ws: 1013,
    mqtt: 0x89,
    connack3: 3,
    by: 'gateway',
    retry: 'later',
    says: 'this node takes no more connections now',
  },

  // the store
  'store-unavailable': {
    ws: 1013,
    mqtt: 0x89,
    connack5: 0x88,
    connack3: 3,
    by: 'gateway',
    retry: 'later',
    says: 'Redis cannot be reached',
  },
  'auth-unavailable': {
    ws: 1013,
    mqtt: 0x89,
    connack5: 0x88,
    connack3: 3,
    by: 'gateway',
    retry: 'later',
    says: 'nobody who knows devices can be asked now',
  },
  'store-failed': {
    ws: 1013,
    mqtt: 0x83,
    by: 'gateway',
    retry: 'later',
    says: 'Redis refused one of its messages',
  },
  'not-replicated': {
    ws: 1013,
    mqtt: 0x83,
    by: 'gateway',
    retry: 'later',
    says: 'fewer replicas confirmed than its class asks',
  },

  // this node
  'shutdown': { ws: 1012, mqtt: 0x8b, connack5: 0x88, by: 'gateway', retry: 'now', says: 'this node stops' },
  'drained': { ws: 1012, mqtt: 0x9c, by: 'gateway', retry: 'elsewhere', says: 'this node drains' },
  'node-lost': {
    ws: 1012,
    mqtt: 0x8b,
    connack5: 0x88,
    by: 'gateway',
    retry: 'now',
    says: 'the node was declared dead or died',
  },
  'internal-error': {
    ws: 1011,
    mqtt: 0x83,
    connack3: 3,
    by: 'gateway',
    retry: 'later',
    says: 'a fault of the gateway; see its log',
  },
} as const satisfies Record<string, CloseAdvice>;

/** The name of a row: stable, used in logs, metrics, events and errors alike. */
export type CloseReason = keyof typeof closeReasons;

/** The row of a reason, seen as the general shape. */
export const adviceOf = (reason: CloseReason): CloseAdvice => closeReasons[reason];
