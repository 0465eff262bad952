/** The properties of an MQTT 5 PUBLISH that have no field of their own, as the JSON of the field `props`. */
export interface MessageProperties {
  /** 1: the payload is UTF-8 text (MQTT 5 section 3.3.2.3.2). */
  payloadFormat?: 0 | 1;
  /** Seconds the message stays of use (3.3.2.3.3). */
  messageExpiry?: number;
  responseTopic?: string;
  /** Base64, because correlation data is binary. */
  correlationData?: string;
  /** In the order they came; a name may repeat (3.3.2.3.7). */
  user?: [string, string][];
}

/** One message of a device as it stands in `{pN}:up`. */
export interface UplinkRecord {
  device: string;
  epoch: number;
  /** Starts at 1 in each epoch; a gap means lost, shed or refused. */
  seq: number;
  topic: string;
  qos: 0 | 1 | 2;
  /** The gateway's receive time, Unix milliseconds. */
  ts: number;
  payload: Uint8Array;
  class?: string;
  retain?: boolean;
  will?: boolean;
  contentType?: string;
  props?: MessageProperties;
}
