import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { ForgeRunError } from '../../src/sdk/forge-run-error.js';
import { LeaseLost } from '../../src/sdk/lease-source.js';
import { HttpLeaseSource } from '../../src/sdk/worker.js';

let answer: { status: number; type: string; body: string };
let server: Server;
let source: HttpLeaseSource;
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  source = new HttpLeaseSource({ url: `http://127.0.0.1:${port}`, apiKey: 'a-key' });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const lease = '0190d1a5-0000-7000-8000-000000000000';
const problem = (status: number, code: string) => ({
  status,
  type: 'application/problem+json',
  body: JSON.stringify({ status, code, title: 't', detail: 'd' }),
});

describe('a lease of an SDK worker', () => {
  it.each([
    [409, 'RFA_JOB_LEASE_LOST'],
    [404, 'RFA_JOB_NOT_FOUND'],
  ])('is lost when the engine says so: %i %s', async (status, code) => {
    answer = problem(status, code);
    await expect(source.heartbeat(lease)).rejects.toBeInstanceOf(LeaseLost);
    await expect(source.complete(lease, '1')).rejects.toBeInstanceOf(LeaseLost);
  });

  it('is not lost because something on the way finds nothing', async () => {
    answer = { status: 404, type: 'text/html', body: '<h1>404 no such service</h1>' };
    await expect(source.heartbeat(lease)).rejects.toBeInstanceOf(ForgeRunError);
    await expect(source.complete(lease, '1')).rejects.toBeInstanceOf(ForgeRunError);
    answer = problem(404, 'RFA_REQUEST_NOT_FOUND');
    await expect(source.complete(lease, '1')).rejects.toBeInstanceOf(ForgeRunError);
  });
});
