import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ForgeRunClient } from '../../sdk/client.js';
import { HttpConnection } from '../../sdk/http-connection.js';
import { Recorder } from '../records/recorder.js';
import { type TrespassRecord } from '../records/records.js';
import { RunClock } from '../run-clock.js';
import { type Tenant } from '../target/tenants.js';
import { PropertyBoard } from './property-board.js';
import { Trespasser } from './trespasser.js';
import { trespasses } from './trespasses.js';

let folder: string;
let server: Server;
let tenant: Tenant;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-trespasser-'));
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"job_id":"j9","items":[{"status":404}]}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const options = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'k' };
  const [client, http] = [new ForgeRunClient(options), new HttpConnection(options)];
  tenant = { index: 0, clientId: 'c0', client, http, reader: { client, http } };
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const property = {
  client: 'c1',
  job: 'j1',
  lease: 'l1',
  schedule: 's1',
  webhook: 'w1',
  delivery: 'd1',
  queue: 'own-1',
};

async function triedBy(board: PropertyBoard, signal: AbortSignal): Promise<readonly TrespassRecord[]> {
  const recorder = new Recorder(join(await mkdtemp(join(folder, 'run-')), 'records.jsonl'));
  const trespasser = new Trespasser(tenant, board, { seed: 1, clock: new RunClock(), recorder });
  await trespasser.finish(signal);
  // Nothing is left for a second time.
  await trespasser.finish(signal);
  await recorder.close();
  const lines = (await readFile(recorder.file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as TrespassRecord);
}

describe('a client that tries to reach what belongs to others', () => {
  it('tries every route once before a run is over, and writes down what it was shown', async () => {
    const board = new PropertyBoard();
    board.post(0, { webhook: 'w0' });
    board.post(1, property);
    const tried = await triedBy(board, new AbortController().signal);
    expect(tried.map(({ call }) => call).sort()).toEqual(
      trespasses.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
    const cancel = tried.find(({ call }) => call === 'POST /v1/jobs/{job}/cancel');
    expect(cancel).toMatchObject({ at: '/v1/jobs/j1/cancel', status: 200, isToUnknown: true });
    expect(cancel?.shown).toEqual([{ sort: 'job', id: 'j9' }]);
    expect(tried.map(({ at }) => at)).toContain('/v1/webhooks/w0/deliveries/d1/redeliver');
  });

  it('tries nothing where there is nothing of others, or once the run is interrupted', async () => {
    const board = new PropertyBoard();
    board.post(0, property);
    expect(await triedBy(board, new AbortController().signal)).toEqual([]);
    board.post(1, property);
    expect(await triedBy(board, AbortSignal.abort())).toEqual([]);
  });
});
