import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { hostileAnswers, hostileServer, json, TestServer } from '../../testing/http-server.ts';
import { boundedRequest } from './bounded-request.ts';

/** Nobody waits so long who is answered. */
const limits = { method: 'POST', timeoutMs: 15_000, maxBytes: 4096 } as const;

test('posts and hands back the answer', async () => {
  const server = await TestServer.start(json({ ok: true }));
  const answer = await boundedRequest({ ...limits, url: server.url, body: '{"a":1}' });
  expect({ status: answer.status, body: answer.body.toString() }).toEqual({
    status: 200,
    body: '{"ok":true}',
  });
  expect(server.asked).toEqual(['{"a":1}']);
});

test.each(hostileAnswers.filter(([name]) => name !== 'redirects'))(
  'a server that %s is given up in time',
  async (_, behave) => {
    const url = await hostileServer(behave);
    const began = performance.now();
    await expect(boundedRequest({ ...limits, timeoutMs: 250, url })).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(10_000);
  },
);

test('a redirect is an answer, and nobody goes there', async () => {
  const elsewhere = await TestServer.start(json({ stolen: true }));
  const server = await TestServer.start((_request, response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  );
  expect((await boundedRequest({ ...limits, url: server.url, body: 'secret' })).status).toBe(307);
  expect(elsewhere.asked).toEqual([]);
});

test('nobody at the address is an error', async () => {
  await expect(boundedRequest({ ...limits, url: 'http://127.0.0.1:1/' })).rejects.toThrow(/ECONNREFUSED/);
});

test('a kept connection the server closed meanwhile is not its answer', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  let connections = 0;
  const url = await hostileServer((socket) => {
    connections++;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    // The next question on this connection is met with a reset.
    socket.once('data', () => socket.resetAndDestroy());
  });
  for (let i = 0; i < 3; i++)
    expect((await boundedRequest({ ...limits, url, agent })).body.toString()).toBe('ok');
  expect(connections).toBe(3);
});
