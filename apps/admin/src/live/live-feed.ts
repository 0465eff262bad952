import fastifyWebsocket, { type WebSocket } from '@fastify/websocket';
import { feedCloseCodes } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import type { FastifyRequest } from 'fastify';
import type { Access, Watch } from '../access/access.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ChannelMakers } from './channel.ts';
import { Viewer, type ViewerLimits } from './viewer.ts';

export interface FeedOptions extends ViewerLimits {
  maxViewers: number;
  /** Names the page this server serves, so that an old tab can tell it is old. */
  build: string;
}

const tickMs = 500;
const pingMs = 15_000;
const stopGraceMs = 500;
/** Room for 200 ids of 256 bytes, escaped. */
const maxRequestBytes = 256 * 1024;

/** The live socket `/api/v1/live`: all viewers, one timer. */
export class LiveFeed {
  readonly #clock: Clock;
  readonly #makers: ChannelMakers;
  readonly #access: Access;
  readonly #options: FeedOptions;
  readonly #watches = new Map<WebSocket, Watch>();
  readonly #viewers = new Map<WebSocket, Viewer>();
  readonly #awaitingPong = new Set<WebSocket>();
  #timers: NodeJS.Timeout[] = [];

  constructor(parts: { clock: Clock; makers: ChannelMakers; access: Access }, options: FeedOptions) {
    this.#clock = parts.clock;
    this.#makers = parts.makers;
    this.#access = parts.access;
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Makes `app` answer upgrades. Comes before all hooks that may refuse one: it closes the sockets of refused upgrades. */
  async prepare(app: App): Promise<void> {
    await app.register(fastifyWebsocket, {
      options: { maxPayload: maxRequestBytes, perMessageDeflate: false },
      errorHandler: (_error, socket) => socket.terminate(),
      preClose: (done) => {
        this.stop();
        app.websocketServer.close(() => done());
      },
    });
  }

  /** Adds the route and starts the clockwork. */
  open(app: App): void {
    app.get(
      '/api/v1/live',
      {
        config: { needs: 'viewer' },
        websocket: true,
        preHandler: (_request, _reply, done) => {
          const full = this.#viewers.size >= this.#options.maxViewers;
          done(
            full
              ? new HttpProblem(503, 'too-many-viewers', 'as many tabs watch as this server allows')
              : undefined,
          );
        },
      },
      (socket, request) => this.#admit(socket, request),
    );
    this.#timers = [setInterval(() => this.#tick(), tickMs), setInterval(() => this.#ping(), pingMs)];
  }

  /** Says goodbye to every viewer; those that do not answer are cut. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    for (const socket of this.#viewers.keys()) {
      socket.close(feedCloseCodes.stopping, 'the server stops');
      setTimeout(() => socket.terminate(), stopGraceMs).unref();
    }
  }

  #admit(socket: WebSocket, { operator, credential }: FastifyRequest): void {
    if (credential === undefined) return socket.terminate();
    this.#watches.set(socket, this.#access.watch(credential, operator));
    const parts = { clock: this.#clock, makers: this.#makers };
    const viewer = new Viewer(socket, operator, parts, this.#options, this.#options.build);
    this.#viewers.set(socket, viewer);
    socket.on('message', (data, isBinary) => {
      viewer.onMessage(isBinary ? '' : (data as Buffer).toString());
    });
    socket.on('pong', () => this.#awaitingPong.delete(socket));
    socket.on('close', () => {
      viewer.end();
      this.#watches.get(socket)?.end();
      this.#watches.delete(socket);
      this.#viewers.delete(socket);
      this.#awaitingPong.delete(socket);
    });
  }

  #tick(): void {
    const at = this.#clock.monotonic();
    for (const [socket, viewer] of this.#viewers) {
      this.#checkRights(socket);
      viewer.tick(at);
    }
  }

  /** What an HTTP request would be refused from now on, an open socket is not told any more. */
  #checkRights(socket: WebSocket): void {
    const state = this.#watches.get(socket)?.state();
    if (state === 'ended') socket.close(feedCloseCodes.signedOut, 'signed out');
    if (state === 'changed') socket.close(feedCloseCodes.rightsChanged, 'the rights have changed');
  }

  /** A tab whose machine fell asleep or lost its network never closes; unanswered pings find it. */
  #ping(): void {
    for (const socket of this.#viewers.keys()) {
      if (this.#awaitingPong.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#awaitingPong.add(socket);
      socket.ping();
    }
  }
}
