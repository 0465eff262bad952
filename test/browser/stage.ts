import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import type { Role } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect } from 'vitest';
import { startAdmin, type Admin } from '../support/admin.ts';
import { startGateway, type ConfigPart, type Gateway } from '../support/gateway.ts';
import { freePort } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { browserCookie, signIn, testPassword, type SignedInHeaders } from '../support/sign-in.ts';
import { openBrowser } from './chromium.ts';
import { Desk } from './desk.ts';

export interface StageOptions {
  /** Names of the gateway nodes; default one. */
  nodes?: readonly string[];
  config?: ConfigPart;
}

/** What a file of browser tests stands on: Redis, gateways, an admin, one browser. */
export class Stage {
  redis!: RedisServer;
  gateways: Gateway[] = [];
  admin!: Admin;
  browser!: Browser;
  #options: StageOptions = {};
  readonly #desks: Desk[] = [];
  #port = 0;
  #headers: SignedInHeaders | undefined;

  async start(options: StageOptions): Promise<void> {
    this.#options = options;
    [this.redis, this.browser, this.#port] = await Promise.all([startRedis(), openBrowser(), freePort()]);
    const { nodes = ['gw-1'] } = this.#options;
    const gateways = Promise.all(nodes.map((nodeId) => this.#gateway(nodeId)));
    [this.gateways] = await Promise.all([gateways, this.startAdmin()]);
  }

  #gateway(nodeId: string): Promise<Gateway> {
    const { config = {} } = this.#options;
    return startGateway({ redisUrl: this.redis.url, nodeId, config });
  }

  /** Starts the admin, again at the same address after it was ended. */
  async startAdmin(): Promise<void> {
    this.admin = await startAdmin({ redisUrl: this.redis.url, port: this.#port });
  }

  /** Takes the admin away for as long as `during` lasts: until it is back and every page has seen that. */
  async withoutAdmin(how: 'killed' | 'stopped', during: () => Promise<void>): Promise<void> {
    for (const desk of this.#desks) desk.isServerAway = true;
    await (how === 'killed' ? this.admin.kill() : this.admin.stop());
    await during();
    for (const desk of this.#desks) desk.isServerAway = false;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The first gateway's port of a listener. */
  port(listener: string): number {
    return this.gateways[0]!.port(listener);
  }

  /** A desk nobody is signed in at. */
  async emptyDesk(options: BrowserContextOptions = {}): Promise<Desk> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const desk = await Desk.open(context, this.address);
    this.#desks.push(desk);
    return desk;
  }

  /** A desk at which this operator is signed in. */
  async desk(name = 'admin', options: BrowserContextOptions = {}): Promise<Desk> {
    const headers = await signIn(this.address, { name, password: testPassword });
    const desk = await this.emptyDesk(options);
    await desk.context.addCookies([browserCookie(this.address, headers)]);
    return desk;
  }

  /** Makes an operator with the password of tests and answers what signs its requests. */
  async operator(name: string, role: Role, canReadPayload = false): Promise<SignedInHeaders> {
    const made = await this.send('/operators', { name, role, canReadPayload, password: testPassword });
    expect(made.status).toBe(201);
    return signIn(this.address, { name, password: testPassword });
  }

  /** What signs the requests of the first admin. */
  async headers(): Promise<SignedInHeaders> {
    return (this.#headers ??= await signIn(this.address));
  }

  /** How many devices the admin knows of. */
  async deviceCount(): Promise<number> {
    const headers = { ...(await this.headers()) };
    const answer = await fetch(`${this.address}/api/v1/devices?limit=1`, { headers });
    return ((await answer.json()) as { total: number }).total;
  }

  /** Asks the API; by default as the first admin. */
  async send(path: string, body: object, headers?: SignedInHeaders): Promise<Response> {
    const own = headers ?? (await this.headers());
    return fetch(`${this.address}/api/v1${path}`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
  }

  /** Ends everything; says what the pages complained of. */
  async stop(): Promise<string[]> {
    const complaints = this.#desks.flatMap((desk) => desk.complaints);
    await this.browser?.close();
    await this.admin?.kill();
    await Promise.all(this.gateways.map((gateway) => gateway.kill()));
    await this.redis?.stop();
    return complaints;
  }
}

/**
 * Starts a stage before the tests of a `describe` and takes it down behind them. No page may have complained of anything.
 */
export function useStage(options: () => StageOptions | Promise<StageOptions> = () => ({})): Stage {
  const stage = new Stage();
  beforeAll(async () => stage.start(await options()));
  afterAll(async () => expect(await stage.stop()).toEqual([]));
  return stage;
}
