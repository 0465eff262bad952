import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface OpsOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** Why the node should get no devices now; empty when it should. */
  readonly notReady: () => readonly string[];
}

/** `/healthz`, `/readyz`, `/metrics` and pages of other parts, for whoever runs the node. */
export class OpsServer {
  readonly #options: OpsOptions;
  readonly #server: Server;
  readonly #pages = new Map<string, () => object>();

  constructor(options: OpsOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
        return;
      }
      void this.#answer(request.url ?? '/').then(
        ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
        () => response.writeHead(500).end(),
      );
    });
    this.#server.requestTimeout = 5000;
    this.#server.keepAliveTimeout = 5000;
  }

  /** Answers `path` with what `read` gives, as JSON. Nothing secret may be in it. */
  addPage(path: string, read: () => object): void {
    this.#pages.set(path, read);
  }

  /** Listens; answers `host:port` in force. @throws when the address cannot be had */
  async start(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    return address.family === 'IPv6'
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(url: string): Promise<{ status: number; type: string; body: string }> {
    const json = 'application/json; charset=utf-8';
    const path = url.split('?', 1)[0]!;
    const page = this.#pages.get(path);
    if (page !== undefined) return { status: 200, type: json, body: `${JSON.stringify(page())}\n` };
    switch (path) {
      case '/healthz':
        return { status: 200, type: json, body: '{"alive":true}\n' };
      case '/readyz': {
        const reasons = this.#options.notReady();
        const ready = reasons.length === 0;
        return { status: ready ? 200 : 503, type: json, body: `${JSON.stringify({ ready, reasons })}\n` };
      }
      case '/metrics':
        return {
          status: 200,
          type: this.#options.registry.contentType,
          body: await this.#options.registry.metrics(),
        };
      default:
        return {
          status: 404,
          type: 'text/plain; charset=utf-8',
          body: `only ${['/healthz', '/readyz', '/metrics', ...this.#pages.keys()].join(', ')}\n`,
        };
    }
  }
}
