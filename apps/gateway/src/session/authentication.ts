import {
  type Auth,
  type ClientPacket,
  type CloseReason,
  type Connect,
  encodeControl,
  PacketType,
  ProtocolError,
} from '@tributary/protocol';
import type { Identity } from '../admission/identity.ts';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import type { AuthenticationMethod, Exchange, ExchangeAnswer } from './enhanced-auth.ts';

/** Reason codes of AUTH (MQTT 5 section 3.15.2.1). */
const Code = { SUCCESS: 0x00, CONTINUE: 0x18, AGAIN: 0x19 } as const;

/** Reasons only a CONNACK can say (MQTT 5 table 3-10 has no code for them). */
const onlyInConnack: ReadonlySet<CloseReason> = new Set([
  'unsupported-version',
  'bad-client-id',
  'bad-credentials',
  'auth-method',
]);

/**
 * Enhanced authentication of one connection, by the method its CONNECT named: once before CONNACK, and again as often as the
 * device wants (MQTT 5 section 4.12).
 */
export class Authentication {
  readonly #connection: MqttConnection;
  readonly #method: AuthenticationMethod;
  /** What CONNECT said: every packet of ours repeats it [MQTT-4.12.0-5]. */
  readonly #name: string;
  #clientId = '';
  /** Of the first exchange, until CONNACK takes it. */
  #finalData: Buffer | undefined;
  /** The exchange that runs on a connection that is in already, and whose turn it is. */
  #exchange: Exchange | undefined;
  #isDevicesTurn = false;

  constructor(connection: MqttConnection, name: string, method: AuthenticationMethod) {
    this.#connection = connection;
    this.#name = name;
    this.#method = method;
  }

  /**
   * Before CONNACK. Asks the device for as much as the method wants; answers who it is where the method knows, or why it is
   * refused. Undefined: its credentials are to be judged yet, or it has left.
   * @throws ProtocolError for anything but AUTH of this method and DISCONNECT
   */
  async first(clientId: string, data: Uint8Array | undefined): Promise<CloseReason | Identity | undefined> {
    this.#clientId = clientId;
    const exchange = this.#method.begin(clientId, false);
    let answer = await exchange.next(copyOf(data));
    while (answer.kind === 'continue') {
      this.#say(Code.CONTINUE, answer.data); // [MQTT-4.12.0-2]
      const more = await this.#connection.readOne((packet) => this.#answerOfDevice(packet));
      if (this.#connection.state === 'closed') return undefined;
      answer = await exchange.next(more);
    }
    if (answer.kind === 'refused') return answer.reason;
    this.#finalData = answer.data;
    return answer.identity;
  }

  /** What the CONNACK that lets the device in says of it. Once. */
  connackProperties(): { authenticationMethod: string; authenticationData?: Buffer } {
    const data = this.#finalData;
    this.#finalData = undefined;
    return this.#properties(data);
  }

  /**
   * AUTH of a device that is in: 0x19 begins anew, 0x18 answers what was asked (section 4.12.1). Other packets go on
   * meanwhile. A refusal ends the connection.
   * @throws ProtocolError when it is not its turn, or of another method
   */
  again(packet: Auth): void {
    this.#check(packet); // [MQTT-4.12.1-1]
    if (packet.fields.reasonCode === Code.AGAIN) {
      if (this.#exchange !== undefined)
        throw new ProtocolError('protocol-error', 'authenticates again already');
      this.#exchange = this.#method.begin(this.#clientId, true);
    } else if (!this.#isDevicesTurn) {
      throw new ProtocolError('protocol-error', 'AUTH that nobody asked for');
    }
    this.#isDevicesTurn = false;
    void this.#judge(this.#exchange!, dataOf(packet));
  }

  async #judge(exchange: Exchange, data: Buffer | undefined): Promise<void> {
    try {
      this.#conclude(await exchange.next(data));
    } catch (error) {
      this.#connection.fail(error);
    }
  }

  #conclude(answer: ExchangeAnswer): void {
    if (answer.kind === 'refused') return this.#refuse(answer.reason);
    this.#isDevicesTurn = answer.kind === 'continue';
    if (answer.kind === 'success') this.#exchange = undefined;
    this.#say(answer.kind === 'continue' ? Code.CONTINUE : Code.SUCCESS, answer.data);
  }

  /** [MQTT-4.12.1-2] */
  #refuse(reason: CloseReason): void {
    const sayable = onlyInConnack.has(reason) ? 'not-authorized' : reason;
    this.#connection.close(sayable, `authenticating again: ${reason}`);
  }

  /** The data of the one packet a device that is not in yet may send; or it leaves. */
  #answerOfDevice(packet: Exclude<ClientPacket, Connect>): Buffer | undefined {
    if (packet.type === PacketType.DISCONNECT) {
      // It has no session yet, so there is nothing else to change, and no will.
      this.#connection.close((packet.fields.reasonCode ?? 0) < 0x80 ? 'normal' : 'device-error');
      return undefined;
    }
    // [MQTT-3.1.2-30]
    if (packet.type !== PacketType.AUTH) throw new ProtocolError('protocol-error', 'no AUTH before CONNACK');
    this.#check(packet);
    // [MQTT-4.12.0-3]
    if (packet.fields.reasonCode !== Code.CONTINUE)
      throw new ProtocolError('protocol-error', 'authenticates again before CONNACK');
    return dataOf(packet);
  }

  /** [MQTT-4.12.0-5] */
  #check(packet: Auth): void {
    if (packet.fields.properties?.authenticationMethod !== this.#name)
      throw new ProtocolError('protocol-error', 'AUTH of another method than CONNECT');
  }

  #say(reasonCode: number, data: Buffer | undefined): void {
    this.#connection.send(encodeControl({ cmd: 'auth', reasonCode, properties: this.#properties(data) }, 5));
  }

  #properties(data: Buffer | undefined): { authenticationMethod: string; authenticationData?: Buffer } {
    const authenticationMethod = this.#name;
    return data === undefined ? { authenticationMethod } : { authenticationMethod, authenticationData: data };
  }
}

const dataOf = ({ fields }: Auth): Buffer | undefined => copyOf(fields.properties?.authenticationData);

/** The bytes of a packet are valid during its call only. */
const copyOf = (data: Uint8Array | undefined): Buffer | undefined =>
  data === undefined ? undefined : Buffer.from(data);
