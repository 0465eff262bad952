import { deviceSubprotocol } from '@tributary/protocol';
import type { MeasuredLink } from '../../quality/measured-link.ts';
import type { Session } from '../session.ts';

/** The connection of a session, as its meter sees it. */
export class SessionLink implements MeasuredLink {
  readonly isBehindProxy: boolean;
  readonly canPing: boolean;
  readonly session: Session;

  constructor(session: Session, options: { isBehindProxy: boolean; pingsMqtt: boolean }) {
    this.session = session;
    this.isBehindProxy = options.isBehindProxy;
    const { transport, protocol } = session.connection;
    // What MQTT clients make of a ping is not ours to say; plain devices speak our protocol.
    this.canPing = transport.canPing && (options.pingsMqtt || protocol === deviceSubprotocol);
  }

  get descriptor(): number {
    return this.session.connection.transport.descriptor;
  }
  get activity(): number {
    return this.session.connection.activity;
  }
  get isPaused(): boolean {
    return this.session.connection.isPaused;
  }
  get keepAliveMs(): number {
    return this.session.connection.keepAliveMs;
  }
  get pendingBytes(): number {
    return this.session.connection.transport.pendingBytes;
  }
  get takenBytes(): number {
    return this.session.connection.transport.takenBytes;
  }
  get heardMs(): number {
    return this.session.connection.heardMs;
  }
  get messages(): number {
    return this.session.upstream.messages;
  }
  takeSilenceMs(nowMs: number): number {
    return this.session.connection.takeSilenceMs(nowMs);
  }
  takeStalledMs(nowMs: number): number {
    return this.session.connection.takeStalledMs(nowMs);
  }
  ping(token: number): void {
    this.session.connection.transport.ping(token);
  }
}
