import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pool as Connections } from 'undici';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';
import { adminKey, type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { fixtureEnv, type Made, parametersIn, Tenant } from './routes.fixture.js';
import { type Bodies, filled, type FuzzRequest, requestsFor } from './fuzz.fixture.js';
import { submitted, whenIn } from './jobs.fixture.js';
import { bodySchemaOf, Contract } from './openapi.fixture.js';

const isLong = process.env['FORGERUN_TEST_LONG'] === '1';
const batchSize = 100;
const wanted = isLong ? 20_000 : 6_000;
/** Sent by any machine, however slow it is. */
const atLeast = isLong ? wanted : 5 * batchSize;
/** A slow machine sends fewer of the others. */
const budgetMs = isLong ? 900_000 : 25_000;

let engine: Engine;
let tenant: Tenant;
let contract: Contract;
let document: ApiDescription;
let connections: Connections;
let clientKey: string;

beforeAll(async () => {
  engine = await startTestEngine({ env: { ...fixtureEnv, FORGERUN_MAX_ACTIVE_JOBS: '1000000' } });
  document = (await engine.api.get<ApiDescription>('/openapi.json')).body;
  contract = new Contract(document);
  tenant = await Tenant.of(engine.api, engine.database);
  connections = new Connections(engine.url, { connections: 48, headersTimeout: 20_000, bodyTimeout: 20_000 });
});

afterAll(async () => {
  await connections.destroy();
  await engine.stop();
});

/** The newest few of everything that requests can meet; some of them are deleted on the way. */
const pool: Record<string, string[]> = {};

async function refill(): Promise<void> {
  const names = new Set(contract.calls.flatMap(({ template }) => parametersIn(template)));
  const add = async (name: string, made: Made): Promise<void> => {
    pool[name] = [await tenant.fixture(name).own(made), ...(pool[name] ?? [])].slice(0, 3);
  };
  await Promise.all([...names].filter((name) => name !== 'delivery_id').map((name) => add(name, {})));
  const [webhookId] = pool['webhook_id'] ?? [];
  if (names.has('delivery_id') && webhookId !== undefined) await add('delivery_id', { webhook_id: webhookId });
}

/** A body for every call that takes one. */
async function examples(): Promise<Bodies> {
  const entries = contract.calls.flatMap((call) => {
    const schema = bodySchemaOf(call, document);
    return schema === null ? [] : [tenant.bodyFor(call.key, schema).then((body) => [call.key, body] as const)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** A request may renew or revoke the key it is sent with; then the next ones need another. */
async function openKey(api: Api): Promise<string> {
  const { status } = await api.as(clientKey).get(`/v1/clients/${tenant.clientId}`);
  if (status === 200) return clientKey;
  const { body } = await api.post(`/v1/clients/${tenant.clientId}/keys`, { name: 'fuzz', rotate: true });
  return String(body['api_key']);
}

async function send({ method, path: template, headers, body, caller }: FuzzRequest): Promise<readonly string[]> {
  const path = filled(template, pool);
  const key = caller === 'operator' ? adminKey : clientKey;
  const response = await connections.request({
    method,
    path,
    headers: { ...headers, ...(caller === 'nobody' ? {} : { authorization: `Bearer ${key}` }) },
    body,
  });
  const status = response.statusCode;
  const header = (name: string): string | null => {
    const value = response.headers[name];
    return typeof value === 'string' ? value : null;
  };
  const contentType = header('content-type');
  if (contentType === 'text/event-stream') {
    response.body.on('error', () => undefined).destroy();
    return [];
  }
  const text = await response.body.text();
  const faults = [...contract.faultsOf({ method, path, status, contentType, requestId: header('x-request-id'), text })];
  // A busy machine may truly not be ready, which readiness says in a document of its own.
  if (path.startsWith('/health/ready') && status === 503) return faults;
  if (status >= 500) faults.push('is a failure');
  if (status >= 400 && contentType !== 'application/problem+json; charset=utf-8') faults.push('is no problem document');
  return faults.map((fault) => `${status} ${fault}: ${text.slice(0, 600)}`);
}

describe('the API', () => {
  it(
    'never fails, whatever it is sent, and answers only as it is documented',
    async () => {
      clientKey = (await tenant.newKey(['client'], 'fuzz')).apiKey;
      const bodies = await examples();
      let sent = 0;
      const batches = fc.array(requestsFor(document, bodies), { minLength: batchSize, maxLength: batchSize });
      const property = fc.asyncProperty(batches, async (requests) => {
        clientKey = await openKey(engine.api);
        tenant = new Tenant(tenant.clientId, engine.api.as(clientKey), engine.database);
        await refill();
        const faults = await Promise.all(
          requests.map(async (request) => (await send(request)).map((fault) => ({ fault, request }))),
        );
        sent += requests.length;
        expect(faults.flat()).toEqual([]);
      });
      await fc.assert(property, { numRuns: atLeast / batchSize, endOnFailure: true });
      await fc.assert(property, {
        numRuns: Math.max(1, (wanted - atLeast) / batchSize),
        interruptAfterTimeLimit: budgetMs,
        markInterruptAsFailure: false,
        endOnFailure: true,
      });
      expect(sent).toBeGreaterThanOrEqual(atLeast);
    },
    budgetMs + 240_000,
  );

  it('goes on as if nothing had been', async () => {
    const stranger = engine.api.as(null);
    expect((await stranger.get('/health/live')).status).toBe(200);
    await stranger.until('/health/ready', ({ status }) => status === 200);
    const after = await Tenant.of(engine.api, engine.database);
    const jobId = await submitted(after.api);
    const { leases } = (
      await after.api.post<{ leases: { lease_id: string }[] }>('/v1/leases', {
        worker_id: 'w1',
        wait_ms: 10_000,
        start: true,
      })
    ).body;
    expect((await after.api.post(`/v1/leases/${leases[0]?.lease_id ?? ''}/complete`, { result: 1 })).status).toBe(200);
    expect((await whenIn(after.api, jobId, 'SUCCEEDED')).status).toBe(200);
  }, 240_000);
});
