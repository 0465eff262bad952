import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.ts';

/** Names the built page: its files' names carry hashes, so the page's bytes change with any of them. */
export async function buildIdOf(webRoot: string): Promise<string | undefined> {
  try {
    const page = await readFile(join(webRoot, 'index.html'));
    return createHash('sha256').update(page).digest('hex').slice(0, 12);
  } catch {
    return undefined;
  }
}

/**
 * Serves the built page: hashed assets for ever, the page itself always revalidated, and the page again for any path it
 * routes by itself (a deep link). Files with a zipped copy beside them are sent zipped. What is under `/api` or looks like a file is a plain 404.
 */
export async function serveWeb(app: FastifyInstance, webRoot: string | undefined): Promise<void> {
  if (webRoot !== undefined) {
    const assets = join(webRoot, 'assets') + sep;
    await app.register(fastifyStatic, {
      root: webRoot,
      cacheControl: false,
      preCompressed: true,
      setHeaders: (reply, path) => {
        const hashed = path.startsWith(assets);
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const { pathname } = new URL(request.url, 'http://localhost');
    const isPage = isRead && !/^\/(api|assets)(\/|$)/.test(pathname);
    if (isPage && webRoot !== undefined) return reply.sendFile('index.html');
    const code = isPage ? 'page-not-built' : 'not-found';
    return sendProblem(request, reply, { status: 404, code });
  });
}
