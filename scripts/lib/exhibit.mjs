// The system as a visitor should see it: two gateway nodes, the admin and the demo fleet, on free ports, with a Redis of
// its own. Nothing of it is left when it has stopped.

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './children.mjs';
import { root } from './paths.mjs';
import { ensureRedis } from './redis-find.mjs';
import { startRedis } from './redis.mjs';
import { Failure } from './say.mjs';

const namespace = 'tributary';

export class Exhibit {
  /** Where the dashboard is. */
  address = '';
  /** Of the operator `admin`. */
  password = randomBytes(12).toString('base64url');
  #dir = mkdtempSync(join(tmpdir(), 'tributary-exhibit-'));
  #children = [];
  #doors = [];

  /** @param nodes names of the gateway nodes */
  async start(nodes = ['gw-1', 'gw-2']) {
    const keep = (child) => this.#children.push(child);
    const { url } = await startRedis(await ensureRedis(), join(this.#dir, 'redis'), { onStart: keep });
    const addresses = await Promise.all(nodes.map((id) => this.#gateway(id, url)));
    const env = { TRIBUTARY_REDIS_URL: url, TRIBUTARY_REDIS_NAMESPACE: namespace };
    const own = { TRIBUTARY_ADMIN_PORT: '0', TRIBUTARY_ADMIN_FIRST_PASSWORD: this.password };
    this.address = (await this.#app('admin', [], { ...env, ...own })).address;
    await this.#demo(addresses, env);
  }

  /** Why it cannot go on, as soon as a part of it ends by itself. */
  get brokenBy() {
    return Promise.race(this.#children.map((child) => child.ended.then(() => child)));
  }

  async stop() {
    for (const child of this.#children.toReversed()) await child.stop();
    for (const door of this.#doors) door.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #gateway(id, url) {
    const file = join(this.#dir, `${id}.json`);
    const host = '127.0.0.1';
    const config = {
      node: { id },
      redis: { url, namespace },
      listeners: ['mqtt', 'ws'].map((protocol) => ({ name: protocol, protocol, host, port: 0 })),
      ops: { host, port: 0 },
      auth: { anonymous: true },
    };
    mkdirSync(this.#dir, { recursive: true });
    writeFileSync(file, JSON.stringify(config));
    return (await this.#app('gateway', ['--config', file], {})).addresses;
  }

  /** Starts an app and answers the entry of its log that says it is ready. */
  async #app(name, args, env) {
    const program = join(root, 'apps', name, 'dist', 'main.js');
    const child = this.#child(name, [program, ...args], env);
    const ready = await child.untilSays(`${name} ready`);
    if (ready === undefined) throw new Failure(`${await child.ended}.\n${child.lastLines()}`);
    return ready;
  }

  async #demo(addresses, env) {
    const door = async (listener) => `127.0.0.1:${await this.#door(addresses.map((each) => each[listener]))}`;
    const program = join(root, 'apps', 'cli', 'dist', 'main.js');
    this.#child('demo', [program, 'demo', '--mqtt', await door('mqtt'), '--ws', await door('ws')], env);
  }

  #child(name, args, env) {
    const options = { dieWithParent: 'KILL', stopMs: 15_000, env: { PATH: process.env.PATH, ...env } };
    const child = new Child(name, process.execPath, args, options);
    this.#children.push(child);
    return child;
  }

  /** A port whose connections are led to these addresses in turn, as a balancer does. */
  async #door(addresses) {
    const ports = addresses.map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
    let next = 0;
    const server = createServer({ noDelay: true }, (client) => {
      const node = connect({ host: '127.0.0.1', port: ports[next++ % ports.length], noDelay: true });
      for (const [from, to] of [
        [client, node],
        [node, client],
      ]) {
        from.pipe(to).on('error', () => {});
        from.once('error', () => to.destroy()).once('close', () => to.destroy());
      }
    });
    this.#doors.push(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  }
}
