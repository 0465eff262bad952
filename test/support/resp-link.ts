import { connect, type Socket } from 'node:net';
import type { Fault } from './resp-faults.ts';
import { readCommand, replyEnd, type Command } from './resp.ts';

/** One command that is out: its reply once it is known, in the order the commands were sent. */
interface Slot {
  reply?: Buffer;
  /** Answered by Redis, not by us. */
  fromRedis: boolean;
  /** The client never gets this reply: the link breaks here, once all that is out is answered. */
  breaks?: boolean;
  /** Nothing is sent to the client from here on. */
  mutes?: boolean;
}

/** What a link asks of its proxy. */
export interface LinkRules {
  readonly redisPort: number;
  readonly isGateClosed: boolean;
  readonly replyDelayMs: number;
  /** Links cut with commands still on their way. */
  readonly late: Set<RespLink>;
  lateExecuted: number;
  /** Whether a command meets the gate and the plan. */
  counts(command: Command): boolean;
  /** Asked once for each such command that is let through. */
  faultFor(command: Command): Fault | undefined;
}

const emptyBytes = Buffer.alloc(0);

/** One client connection of the proxy and its own connection to Redis. */
export class RespLink {
  readonly #rules: LinkRules;
  readonly #client: Socket;
  readonly #redis: Socket;
  readonly #slots: Slot[] = [];
  /** Commands at the closed gate, or overtaken by a cut that leaves them on their way. */
  #held: Command[] = [];
  #fromClient = emptyBytes;
  #fromRedis = emptyBytes;
  #isUplink = false;
  #cut: Fault | undefined;

  constructor(rules: LinkRules, client: Socket) {
    this.#rules = rules;
    this.#client = client;
    this.#redis = connect({ port: rules.redisPort, host: '127.0.0.1', noDelay: true });
    client.on('data', (chunk) => this.#onClient(chunk));
    this.#redis.on('data', (chunk) => this.#onRedis(chunk));
    client.on('error', () => undefined).on('close', () => this.#clientClosed());
    this.#redis.on('error', () => undefined).on('close', () => client.destroy());
  }

  get waitingMessages(): number {
    return this.#held.filter((command) => this.#rules.counts(command)).length;
  }

  /** Lets the commands at the gate go. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const command of held) this.#pass(command);
  }

  freeze(): void {
    this.#client.pause();
    this.#redis.pause();
  }

  thaw(): void {
    this.#client.resume();
    this.#redis.resume();
  }

  destroy(): void {
    this.#client.destroy();
    this.#redis.destroy();
  }

  #clientClosed(): void {
    if (this.#rules.late.has(this)) return; // its commands are still on their way
    this.#redis.destroy();
  }

  #onClient(chunk: Buffer): void {
    this.#fromClient = Buffer.concat([this.#fromClient, chunk]);
    let at = 0;
    for (;;) {
      const command = readCommand(this.#fromClient, at);
      if (command === undefined) break;
      at += command.raw.length;
      this.#receive(command);
    }
    this.#fromClient = this.#fromClient.subarray(at);
  }

  #receive(command: Command): void {
    const waits = this.#held.length > 0 || (this.#rules.isGateClosed && this.#rules.counts(command));
    if (waits) this.#held.push(command);
    else this.#pass(command);
  }

  #pass(command: Command): void {
    if (this.#cut?.kind === 'cut' && this.#cut.outcome === 'lost') return;
    if (this.#cut?.kind === 'mute' && !this.#cut.executed) return;
    if (this.#cut?.kind === 'cut' && this.#cut.outcome === 'late') {
      this.#held.push(command);
      return;
    }
    if (!this.#rules.counts(command)) return this.#forward(command);
    this.#isUplink = true;
    if (this.#rules.late.size > 0) return this.#afterLate(command);
    const fault = this.#cut === undefined ? this.#rules.faultFor(command) : undefined;
    if (fault === undefined) return this.#forward(command);
    if (fault.kind === 'error') return this.#answer(Buffer.from(`${fault.reply}\r\n`));
    this.#breakAt(command, fault);
  }

  #forward(command: Command, slot: Partial<Slot> = {}): void {
    this.#slots.push({ fromRedis: true, ...slot });
    this.#redis.write(command.raw);
  }

  #answer(reply: Buffer): void {
    this.#slots.push({ reply, fromRedis: false });
    this.#drain();
  }

  #breakAt(command: Command, fault: Exclude<Fault, { kind: 'error' }>): void {
    this.#cut = fault;
    if (fault.kind === 'mute') {
      if (fault.executed) this.#forward(command, { mutes: true });
      else this.#slots.push({ fromRedis: false, mutes: true });
      return;
    }
    if (fault.outcome === 'executed') return this.#forward(command, { breaks: true });
    if (fault.outcome === 'late') {
      this.#rules.late.add(this);
      this.#held.push(command);
    }
    this.#slots.push({ reply: emptyBytes, fromRedis: false, breaks: true });
    this.#drain();
  }

  #onRedis(chunk: Buffer): void {
    this.#fromRedis = Buffer.concat([this.#fromRedis, chunk]);
    let at = 0;
    while (at < this.#fromRedis.length) {
      const end = replyEnd(this.#fromRedis, at);
      if (end === undefined) break;
      const reply = this.#fromRedis.subarray(at, end);
      at = end;
      const isPush = reply[0] === 0x3e;
      const slot = isPush
        ? undefined
        : this.#slots.find((each) => each.fromRedis && each.reply === undefined);
      if (slot === undefined) this.#client.write(reply);
      else slot.reply = reply;
    }
    this.#fromRedis = this.#fromRedis.subarray(at);
    this.#drain();
  }

  #drain(): void {
    for (let slot = this.#slots[0]; slot?.reply !== undefined && slot.mutes !== true; slot = this.#slots[0]) {
      if (slot.breaks === true) {
        const isAllAnswered = this.#slots.every(({ reply }) => reply !== undefined);
        if (isAllAnswered) this.#inTurn(() => this.#client.destroy());
        return;
      }
      this.#slots.shift();
      this.#reply(slot.reply);
    }
  }

  #reply(bytes: Buffer): void {
    this.#inTurn(() => this.#client.write(bytes));
  }

  /** Does something to the client when all that came before it is done, delayed or not. */
  #inTurn(act: () => void): void {
    const delayMs = this.#isUplink ? this.#rules.replyDelayMs : 0;
    if (delayMs === 0) act();
    else setTimeout(act, delayMs);
  }

  /** The commands of broken links reach Redis now, just ahead of the first message of this one. */
  #afterLate(command: Command): void {
    const late = [...this.#rules.late];
    this.#rules.late.clear();
    this.#held.push(command);
    void Promise.all(late.map((link) => link.#deliverLate())).then((executed) => {
      this.#rules.lateExecuted += executed.reduce((sum, count) => sum + count, 0);
      this.release();
    });
  }

  /** Hands Redis what was on its way; answers how many commands it replied to before it closed the connection. */
  async #deliverLate(): Promise<number> {
    if (this.#redis.destroyed || this.#held.length === 0) return 0;
    const held = this.#held;
    let answered = 0;
    this.#redis.on('data', () => (answered = held.length));
    const over = new Promise<void>((resolve) => {
      this.#redis.once('close', () => resolve());
      this.#redis.once('data', () => resolve());
    });
    this.#redis.write(Buffer.concat(held.map(({ raw }) => raw)));
    await over;
    this.#redis.destroy();
    return answered;
  }
}
