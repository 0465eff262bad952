import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { isMessage, type Fault, type Plan } from './resp-faults.ts';
import { RespLink, type LinkRules } from './resp-link.ts';
import type { Command } from './resp.ts';

/**
 * A TCP proxy in front of a real Redis that understands RESP in both directions. A connection that sends a message
 * command is an uplink link, and only there it interferes; everything else passes as it is.
 */
export class RespProxy implements LinkRules {
  readonly #server: Server;
  readonly #links = new Set<RespLink>();
  readonly redisPort: number;
  #plan: Plan = () => undefined;
  #position = 0;
  #gateClosed = false;
  #isFrozen = false;
  /** Faults that took place, in order, for a test to see that its plan met something. */
  readonly struck: { position: number; fault: Fault; command: string }[] = [];
  /** Which commands meet the gate and the plan; default those that write an uplink entry. */
  counts: (command: Command) => boolean = isMessage;
  /** Milliseconds each reply on an uplink link is held back. */
  replyDelayMs = 0;
  /** Links cut with commands still on their way; see the outcome `late`. */
  readonly late = new Set<RespLink>();
  /** How many late commands Redis executed, which the gateway has to prevent. */
  lateExecuted = 0;

  private constructor(redisPort: number) {
    this.redisPort = redisPort;
    this.#server = createServer({ noDelay: true }, (client) => {
      const link = new RespLink(this, client);
      this.#links.add(link);
      client.once('close', () => this.#links.delete(link));
      if (this.#isFrozen) link.freeze();
    });
  }

  static async start(redisPort: number): Promise<RespProxy> {
    const proxy = new RespProxy(redisPort);
    proxy.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.#server.once('listening', resolve));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isGateClosed(): boolean {
    return this.#gateClosed;
  }

  /** Message commands waiting at the closed gate. */
  get waiting(): number {
    return [...this.#links].reduce((sum, link) => sum + link.waitingMessages, 0);
  }

  /** Holds every message command back until `open`, so that the gateway gathers what comes behind. */
  close(): void {
    this.#gateClosed = true;
  }

  /** Lays a plan, counting positions from 0 again, and lets everything go. */
  open(plan: Plan = () => undefined): void {
    this.#plan = plan;
    this.#position = 0;
    this.#gateClosed = false;
    for (const link of this.#links) link.release();
  }

  /** Cuts the gateway off: connections stay open, and nothing passes in either direction until `thaw`. */
  freeze(): void {
    this.#isFrozen = true;
    for (const link of this.#links) link.freeze();
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const link of this.#links) link.thaw();
  }

  /** Called by a link for each message command it lets through. */
  faultFor(command: Command): Fault | undefined {
    const position = this.#position++;
    const fault = this.#plan(position, command);
    if (fault !== undefined) this.struck.push({ position, fault, command: command.name });
    return fault;
  }

  async stop(): Promise<void> {
    for (const link of [...this.#links, ...this.late]) link.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
