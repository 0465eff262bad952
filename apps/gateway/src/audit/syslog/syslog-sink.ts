import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AuditRecord } from '../audit-record.ts';
import { type AuditSink, type SinkNews, SinkState } from '../audit-sink.ts';
import { DatagramCarrier } from './datagram-carrier.ts';
import { syslogMessage, type SyslogOrigin } from './message.ts';
import { type Carrier, type CarrierEvents, StreamCarrier } from './stream-carrier.ts';

export interface SyslogTls {
  /** PEM file of the authorities that may vouch for the collector; undefined: those the system trusts. */
  readonly caFile?: string | undefined;
  /** PEM files of the certificate this node shows. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface SyslogSinkOptions {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
  readonly tls: SyslogTls;
  readonly origin: SyslogOrigin;
  readonly maxBufferBytes: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

/** Speaks RFC 5424 to a collector over UDP, TCP or TLS; goes on trying when it is away. */
export class SyslogSink implements AuditSink {
  readonly name = 'syslog';
  readonly #origin: SyslogOrigin;
  readonly #carrier: Carrier;

  constructor(options: SyslogSinkOptions, news: SinkNews) {
    this.#origin = options.origin;
    const state = new SinkState('syslog', news);
    this.#carrier = carrierOf(options, {
      onWorks: () => state.works(),
      onFailed: (error) => state.failed(error),
    });
  }

  get dropped(): number {
    return this.#carrier.dropped;
  }
  get waitingBytes(): number {
    return this.#carrier.waitingBytes;
  }

  write(record: AuditRecord): void {
    this.#carrier.send(syslogMessage(record, this.#origin));
  }

  stop(): Promise<void> {
    return this.#carrier.stop();
  }
}

function carrierOf(options: SyslogSinkOptions, events: CarrierEvents): Carrier {
  switch (options.protocol) {
    case 'udp':
      return new DatagramCarrier(options, options, events);
    case 'tcp':
      return new StreamCarrier((onReady) => connect(addressOf(options), onReady), options, events);
    case 'tls':
      return new StreamCarrier((onReady) => openTls(options, onReady), options, events);
  }
}

/** The files are read at each connection, so that a renewed certificate is in use at the next. */
function openTls(options: SyslogSinkOptions, onReady: () => void): Socket {
  const { caFile, certFile, keyFile } = options.tls;
  return connectTls(
    {
      ...addressOf(options),
      // RFC 5425 section 4.2 asks for 1.2 at the least, and for the collector's certificate to be checked.
      minVersion: 'TLSv1.2',
      ...(isIP(options.host) === 0 ? { servername: options.host } : {}),
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
      ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
      ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
    },
    onReady,
  );
}

const addressOf = ({ host, port }: SyslogSinkOptions): { host: string; port: number } => ({ host, port });
