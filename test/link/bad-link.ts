import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../support/processes.ts';
import type { Answer, Order } from './link-process.ts';
import type { BadLink, LinkProfile } from './link.ts';
import { SlowProxy } from './slow-proxy.ts';

/**
 * Opens a link with these doors. Where the machine refuses TUN devices or namespaces (no root, no /dev/net/tun) it is
 * a proxy that delays bytes: enough for what is measured end to end, nothing for the kernel's figures.
 */
export async function openBadLink(seed: number, doors: readonly string[]): Promise<BadLink> {
  const started = await PacketLink.start(seed, doors);
  return typeof started === 'string' ? SlowProxy.start(seed, doors, started) : started;
}

class PacketLink implements BadLink {
  readonly kind = 'packets';
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #ports: Record<string, number>;

  private constructor(child: ChildProcess, address: string, ports: Record<string, number>) {
    this.#child = child;
    this.address = address;
    this.#ports = ports;
  }

  /** Answers the reason when it cannot be. */
  static async start(seed: number, doors: readonly string[]): Promise<PacketLink | string> {
    const child = fork(join(repositoryRoot, 'test/link/main.mjs'), [String(seed), ...doors]);
    const first = await next(child);
    if (first.answer === 'ready') return new PacketLink(child, first.address, first.ports);
    await ended(child);
    return first.answer === 'refused' ? first.why : first.answer;
  }

  port(door: string): number {
    const port = this.#ports[door];
    if (port === undefined) throw new Error(`the link has no door ${door}`);
    return port;
  }

  async lead(door: string, port: number): Promise<void> {
    await this.#ask({ order: 'lead', door, port });
  }

  async set(profile: LinkProfile): Promise<void> {
    await this.#ask({ order: 'set', profile });
  }

  async count(): Promise<{ offered: number; lost: number }> {
    const said = await this.#ask({ order: 'count' });
    if (said.answer !== 'counted') throw new Error(`the link answered ${said.answer}`);
    return said;
  }

  stop(): Promise<void> {
    return ended(this.#child);
  }

  #ask(order: Order): Promise<Answer> {
    const said = next(this.#child);
    this.#child.send(order);
    return said;
  }
}

/** The next thing the process says; its end counts as a refusal. */
function next(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve) => {
    const onExit = (): void => resolve({ answer: 'refused', why: 'the process of the link ended' });
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Answer);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
