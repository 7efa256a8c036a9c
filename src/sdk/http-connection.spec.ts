import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpConnection } from './http-connection.js';

let server: Server;
let url: string;
let requests = 0;
beforeAll(async () => {
  // To /silent it says nothing, to everything else that it is not available.
  server = createServer((request, response) => {
    requests += 1;
    server.emit('asked');
    if (request.url !== '/silent') response.writeHead(503).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const hourMs = 3_600_000;

describe('a connection with a signal', () => {
  it.each([
    ['a request that waits for its answer', '/silent'],
    ['the pause before a request is sent again', '/unavailable'],
  ])('ends %s with it, and makes no request afterwards', async (_what, path) => {
    const over = new AbortController();
    const options = { url, apiKey: 'k', maxRetries: 20, backoffBaseMs: hourMs, backoffMaxMs: hourMs };
    const http = new HttpConnection({ ...options, signal: over.signal });
    const asked = once(server, 'asked');
    const sent = http.send({ method: 'GET', path });
    await asked;
    const before = requests;
    over.abort(new Error('interrupted'));
    await expect(sent).rejects.toThrow('interrupted');
    await expect(http.send({ method: 'GET', path })).rejects.toThrow('interrupted');
    expect(requests).toBe(before);
  });

  it('leaves a call alone that has a signal of its own', async () => {
    const http = new HttpConnection({ url, apiKey: 'k', maxRetries: 0, signal: AbortSignal.abort() });
    const { signal } = new AbortController();
    await expect(http.send({ method: 'GET', path: '/unavailable', signal })).rejects.toMatchObject({ status: 503 });
  });
});
