import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';
import { type Property } from '../../src/simulator/actors/property-board.js';
import { shownIn } from '../../src/simulator/actors/shown-in.js';
import { filledIn, trespasses } from '../../src/simulator/actors/trespasses.js';
import { called, calledIn } from '../../src/simulator/records/call.js';
import { RunClock } from '../../src/simulator/run-clock.js';
import { makeTenants, type Tenant } from '../../src/simulator/target/tenants.js';
import { adminKey } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { until } from '../support/until.js';
import { callsIn } from './openapi.fixture.js';
import { fixtureEnv } from './routes.fixture.js';

let engine: Engine;
let document: ApiDescription;
let owner: Tenant;
let stranger: Tenant;
let foreign: Property;
let own: Partial<Property>;

beforeAll(async () => {
  engine = await startTestEngine({ env: fixtureEnv });
  document = (await engine.api.as(null).get<ApiDescription>('/openapi.json')).body;
  const [first, second] = await makeTenants({ url: engine.api.url, adminKey }, 2, new AbortController().signal);
  if (first === undefined || second === undefined) throw new Error('there are no clients');
  [owner, stranger] = [first, second];
  foreign = await everythingOf(owner);
  // What is not in a list yet is not kept from a stranger.
  await until(async () => (await sortsShownTo(owner)).size === sorts.length);
  own = { webhook: (await stranger.client.webhooks.create({ url: 'http://127.0.0.1:9/' })).webhookId };
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const sorts = ['client', 'job', 'queue', 'schedule', 'webhook'];

async function sortsShownTo({ reader }: Tenant): Promise<ReadonlySet<string>> {
  const shown = new Set<string>();
  for (const { path } of trespasses.filter(({ isToUnknown, method }) => !isToUnknown && method === 'GET')) {
    const filled = filledIn(path, foreign, { webhook: foreign.webhook }) ?? '';
    const { text } = await reader.http.send({ method: 'GET', path: filled });
    for (const { sort } of shownIn(text)) shown.add(sort);
  }
  return shown;
}

/** One of each sort that a client may have. */
async function everythingOf({ client, http, clientId }: Tenant): Promise<Property> {
  const queue = 'own-0';
  await client.jobs.submit({ type: 'EXECUTE', workKind: 'test.work', queue, idempotencyKey: 'first' });
  const [leased] = await client.leases.lease({
    ...{ workerId: 'w', workKinds: ['test.work'], maxJobs: 1, waitMs: 20_000, leaseMs: 60_000, start: false },
  });
  const { jobId: job } = await client.jobs.submit({
    type: 'EXECUTE',
    workKind: 'test.work',
    queue,
    idempotencyKey: '2',
  });
  const { webhookId: webhook } = await client.webhooks.create({ url: 'http://127.0.0.1:9/' });
  const { text } = await http.send({ method: 'POST', path: `/v1/webhooks/${webhook}/test`, bodyText: '{}' });
  const { delivery_id: delivery } = JSON.parse(text) as { readonly delivery_id: string };
  const { scheduleId: schedule } = await client.schedules.create({
    ...{ name: 'hourly', cron: '0 * * * *', timezone: 'UTC', job: { type: 'EXECUTE', workKind: 'test.work' } },
  });
  return { client: clientId, job, lease: leased?.leaseId ?? '', schedule, webhook, delivery, queue };
}

/** What makes something of the caller's own, or gives it what is ready; that it is its own is judged elsewhere. */
const withoutTrespass = `
  POST /v1/jobs, POST /v1/jobs/batch, POST /v1/leases, POST /v1/webhooks, POST /v1/schedules, PUT /v1/schedules/by-name/{},
  POST /v1/webhooks/callbacks/rotate-secret, POST /v1/queues/{}/resume
`
  .trim()
  .split(/,\s+/);

describe('the trespasses of the simulator', () => {
  it('go by every route of what belongs to clients', () => {
    const ofClients = callsIn(document).filter(
      ({ template, 'x-forgerun-scopes': scopes = [] }) =>
        template.startsWith('/v1/') && scopes.some((scope) => scope !== 'admin'),
    );
    const tried = new Set(trespasses.map(({ method, path }) => `${method} ${unnamed(path.replace(/\?.*/, ''))}`));
    const missing = ofClients.map(({ key }) => unnamed(key)).filter((key) => !tried.has(key));
    expect(missing.toSorted()).toEqual(withoutTrespass.toSorted());
  });

  it.each(trespasses)('$method $path shows nothing of another, where the engine is whole', async (trespass) => {
    const { method, path, body, isToUnknown, isBatch } = trespass;
    const [filledPath, filledBody] = [filledIn(path, foreign, own), filledIn(body ?? '', foreign, own)];
    if (filledPath === null || filledBody === null) throw new Error('something is missing');
    const request = { method, path: filledPath, ...(body === null ? {} : { bodyText: filledBody }), maxRetries: 0 };
    const call = await called(new RunClock(), 200, async () => (await stranger.http.send(request)).text);
    const item = isBatch ? (JSON.parse(call.answer ?? '') as { items: [{ status: number }] }).items[0] : null;
    const { status, code } = item === null ? call : calledIn(call, item);
    expect([status, code]).toEqual(isToUnknown ? [404, expect.any(String)] : [200, null]);
    const strange = new Set<string>(Object.values(foreign));
    expect(shownIn(call.answer ?? '').filter(({ id }) => strange.has(id))).toEqual([]);
  });

  it('show what a client has to itself', async () => {
    expect([...(await sortsShownTo(owner))].sort()).toEqual(sorts);
  });
});

const unnamed = (path: string): string => path.replace(/\{[^}]*\}/g, '{}');
