import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Schema } from '../../src/platform/http/openapi/answer-schemas.js';
import { apiTexts } from '../../src/app/api-texts.js';
import { templateOf } from '../../src/platform/http/openapi/api-document.js';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';
import { problems } from '../../src/platform/http/problems.js';
import { adminKey } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { fixtureEnv, parametersIn, pathWith, Tenant } from './routes.fixture.js';
import { oneInEachState, plainJob, submitted } from './jobs.fixture.js';
import {
  defaultsOf,
  operationsIn,
  statesIn,
  undescribedIn,
  unfitValuesIn,
  untypedChoicesIn,
  unusedIn,
  withoutExampleIn,
} from './openapi-descriptions.rules.js';
import { operationIds } from './openapi-operations.js';
import { bodySchemaOf, type Call, callsIn, CheckedApi, Contract } from './openapi.fixture.js';
import { documentFaults } from './openapi.rules.js';

let engine: Engine;
let document: ApiDescription;

beforeAll(async () => {
  engine = await startTestEngine({ env: fixtureEnv });
  document = (await engine.api.as(null).get<ApiDescription>('/openapi.json')).body;
});

afterAll(async () => {
  await engine.stop();
});

describe('the OpenAPI document', () => {
  it('is well-formed OpenAPI 3.1', () => {
    expect(documentFaults(document)).toEqual([]);
  });

  it('holds only JSON schemas that mean something', () => {
    const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, validateFormats: false });
    ajv.addSchema({ $id: 'document', $defs: schemasAsDefinitions() });
    for (const name of Object.keys(document.components.schemas))
      expect(() => ajv.compile({ $ref: `document#/$defs/${name}` })).not.toThrow();
  });

  it('has every route of the table, and each says how it succeeds', () => {
    const documented = new Set(callsIn(document).map(({ key }) => key));
    const routes = engine.running.routes.map((route) => ({ route, key: `${route.method} ${templateOf(route.path)}` }));
    expect(routes.map(({ key }) => key).filter((key) => !documented.has(key))).toEqual([]);
    expect(documented.size).toBe(routes.length);
    const silent = routes.filter(({ route }) => !route.answers.some(({ status }) => status >= 200 && status < 300));
    expect(silent.map(({ key }) => key)).toEqual([]);
  });

  it('names the scopes of every call that needs a key', () => {
    const scoped = callsIn(document).filter(({ template }) => template.startsWith('/v1/'));
    expect(scoped.filter((call) => (call['x-forgerun-scopes'] ?? []).length === 0)).toEqual([]);
    expect(scoped.flatMap(({ security }) => security)).toEqual(scoped.map(() => ({ api_key: [] })));
    for (const { description, 'x-forgerun-scopes': scopes = [] } of scoped)
      for (const scope of scopes) expect(description).toContain(scope);
  });

  it('promises Retry-After where the remedy of a code is to wait for it, and nowhere else', () => {
    const answers = callsIn(document).flatMap(({ key, responses }) =>
      Object.entries(responses).map(([status, { headers = {}, 'x-forgerun-codes': codes = [] }]) => ({
        place: `${key} ${status}`,
        isPromised: 'Retry-After' in headers,
        isAdvised: codes.some((code) => problems[code]?.remedy.includes('Retry-After')),
      })),
    );
    expect(answers.filter(({ isPromised, isAdvised }) => isPromised !== isAdvised)).toEqual([]);
    const told = answers.filter(({ isPromised }) => isPromised).map(({ place }) => place);
    expect(told).toContain('POST /v1/jobs 504');
    // A report that took too long takes as long again.
    expect(problems['RFA_EXEC_TIMEOUT']?.remedy).not.toContain('Retry-After');
  });

  it('promises 429 where requests are counted, and for nothing that a worker reports', () => {
    const counted = (path: string): readonly boolean[] =>
      callsIn(document)
        .filter(({ key }) => key.includes(` ${path}`))
        .map(({ responses }) => '429' in responses);
    expect(new Set(counted('/v1/leases'))).toEqual(new Set([false]));
    expect(new Set(counted('/v1/jobs'))).toEqual(new Set([true]));
  });

  it('is answered with 304 to who knows it, and needs no key', async () => {
    const stranger = engine.api.as(null);
    const { headers } = await stranger.get('/openapi.json');
    const again = await stranger.get('/openapi.json', { 'if-none-match': headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    const weakly = await stranger.get('/openapi.json', { 'if-none-match': `"other", W/${headers.get('etag') ?? ''}` });
    expect(weakly.status).toBe(304);
  });
});

describe('the OpenAPI document for people', () => {
  it('describes every property, parameter and header in words of its own', () => {
    expect(undescribedIn(document)).toEqual([]);
    expect(unusedIn(apiTexts('').descriptions, document, engine.running.routes)).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('"x-bound"');
  });

  it('has a summary and a tag for every operation, a description of every tag, and a licence', () => {
    const described = document.tags.filter(({ description }) => description.length > 10).map(({ name }) => name);
    const bare = operationsIn(document).filter(
      ([, { summary, tags }]) =>
        summary.split(' ').length < 2 || tags.length !== 1 || !tags.every((tag) => described.includes(tag)),
    );
    expect(bare.map(([key]) => key)).toEqual([]);
    expect(described).toEqual(document.tags.map(({ name }) => name));
    expect(document.info.license).toEqual({ name: 'Apache License 2.0', identifier: 'Apache-2.0' });
  });

  it('gives examples and defaults that fit', () => {
    expect(unfitValuesIn(document)).toEqual([]);
    expect(withoutExampleIn(document)).toEqual([]);
  });

  it('gives the defaults that are taken: a submit that spells them out is the same one', async () => {
    const least = { type: 'EXECUTE', work_kind: 'email.send', idempotency_key: 'least' };
    const [retry, timeouts] = [defaultsOf('RetryRequest', document), defaultsOf('TimeoutsRequest', document)];
    const spelled = { ...defaultsOf('SubmitJobRequest', document), retry, timeouts };
    expect(spelled).toMatchObject({ queue: 'default', priority: 5, retry: { max_attempts: 4 } });
    const { api } = await engine.api.newClient();
    const first = await api.post('/v1/jobs', least);
    const again = await api.post('/v1/jobs', { ...least, ...spelled });
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('has the bounds of names that the door has', async () => {
    const { api } = await engine.api.newClient();
    const schedule = { cron: '@yearly', timezone: 'UTC', job: plainJob };
    const call = callsIn(document).find(({ operationId }) => operationId === 'declareSchedule');
    const name = call?.parameters.find((parameter) => parameter.name === 'name')?.schema;
    const most = Number(name?.['maxLength']);
    const statuses = [most, most + 1].map(async (length) => {
      const path = `/v1/schedules/by-name/${'n'.repeat(length)}`;
      return (await api.call('PUT', path, schedule)).status;
    });
    expect(await Promise.all(statuses)).toEqual([201, 400]);
    const queue = callsIn(document).find(({ operationId }) => operationId === 'getQueue')?.parameters[0]?.schema;
    const { properties } = document.components.schemas['SubmitJobRequest'] as Readonly<Record<string, Schema>>;
    expect(queue?.['pattern']).toBe((properties?.['queue'] as Schema)['pattern']);
  });
});

describe('the OpenAPI document for generators', () => {
  it('calls every operation by the verb and noun that it has always had', () => {
    const ids = operationsIn(document).map(([, { operationId }]) => operationId);
    expect([...ids].sort()).toEqual(operationIds);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]+)+$/.test(id))).toEqual([]);
  });

  it('says of which type choices are, and which states there are', () => {
    expect(untypedChoicesIn(document)).toEqual([]);
    const states = statesIn(document);
    expect(states.length).toBeGreaterThan(10);
    expect(states.filter(([, areListed]) => !areListed)).toEqual([]);
  });
});

describe('every documented call', () => {
  it('answers as it is documented', async () => {
    const faults: string[] = [];
    const contract = new Contract(document);
    const operator = new CheckedApi(engine.url, adminKey, contract, faults);
    const tenant = await Tenant.of(operator, engine.database);
    for (const call of contract.calls) await visit(call, tenant, operator);
    await visitTheRest(tenant, contract);
    expect(faults).toEqual([]);
    const missed = contract.calls.flatMap(({ key, responses }) =>
      Object.keys(responses)
        .filter((status) => /^(2|304)/.test(status) && !contract.seen.has(`${key} ${status}`))
        .map((status) => `${key} ${status}`),
    );
    expect(missed).toEqual([]);
  });
});

/** Calls it with things of its own and the least body it takes. */
async function visit(call: Call, tenant: Tenant, operator: CheckedApi): Promise<void> {
  const made = await tenant.everyOf(parametersIn(call.template));
  const schema = bodySchemaOf(call, document);
  const body = schema === null ? undefined : await tenant.bodyFor(call.key, schema);
  // `admin` opens every call, so its own are those that nothing else opens.
  const { 'x-forgerun-scopes': scopes = [] } = call;
  const api = scopes.length > 0 && scopes.every((scope) => scope === 'admin') ? operator : tenant.api;
  const answer = await api.call(call.method, pathWith(call.template, made), body);
  if (answer.status >= 300) throw new Error(`${call.key} was answered with ${answer.status} ${answer.text}`);
}

/** What the least requests do not bring about: other statuses, other states, lists with something in them. */
async function visitTheRest(tenant: Tenant, contract: Contract): Promise<void> {
  const { api, clientId } = tenant;
  const states = await oneInEachState(api, 'states');
  for (const id of Object.values(states)) {
    const { headers } = await api.get(`/v1/jobs/${id}`);
    await api.get(`/v1/jobs/${id}`, { 'if-none-match': headers.get('etag') ?? '' });
    await api.get(`/v1/jobs/${id}?as_of=1`);
    for (const part of ['events', 'report']) await api.get(`/v1/jobs/${id}/${part}`);
    await api.post(`/v1/jobs/${id}/retry`, { force: true });
  }
  const hadAll = { accept: 'text/event-stream', 'last-event-id': '1000' };
  await api.get(`/v1/jobs/${states.CANCELED}/events`, hadAll);
  await submitted(api, { payload: { a: 1 }, tags: { k: 'v' }, callback: 'http://127.0.0.1:9/x', correlation_id: 'c' });
  await api.post('/v1/jobs/batch', { jobs: [plainJob, { type: 'NONE' }] });
  for (const call of ['complete', 'heartbeat'])
    await api.post(`/v1/leases/${call}`, { items: [{ lease_id: 'x' }, {}] });
  await api.post('/v1/leases', { worker_id: 'w1', queues: ['no-such'], complete: [{ lease_id: 'x' }] });
  for (const list of ['/v1/jobs', '/v1/events', '/v1/queues', '/v1/schedules', '/v1/webhooks'])
    for (const query of ['', '?limit=1']) await api.get(list + query);
  await api.get('/v1/reports/summary?group_by=queue&bucket=hour');
  for (let round = 0; round < 2; round += 1) await api.post(`/v1/clients/${clientId}/keys`, { name: 'twice' });
  const schedule = { cron: '@yearly', timezone: 'UTC', job: plainJob };
  for (let round = 0; round < 2; round += 1) await api.call('PUT', '/v1/schedules/by-name/twice', schedule);
  const etag = (await api.get('/openapi.json')).headers.get('etag') ?? '';
  await api.get('/openapi.json', { 'if-none-match': etag });
  for (const code of Object.keys(problems)) await api.get(`/problems/${code}`);
  await api.get('/v1/jobs/nothing', { accept: 'text/csv' });
  expect(contract.seen.size).toBeGreaterThan(contract.calls.length);
}

describe('the page at /docs', () => {
  it('shows every call and schema, and needs nothing from anywhere else', async () => {
    const { status, headers, text } = await engine.api.as(null).get('/docs', { accept: 'text/html,*/*;q=0.8' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const shown = [
      ...operationsIn(document).map(([key]) => `<code>${key}</code>`),
      ...document.tags.map(({ description }) => description),
      'default 5',
      ...Object.keys(document.components.schemas).map((name) => `id="schema-${name}"`),
    ];
    expect(shown.filter((part) => !text.includes(part))).toEqual([]);
    expect(text).not.toContain('`');
    expect(text).not.toMatch(/<(script|link|img|iframe)|(src|href)="(https?:)?\/\//);
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  });

  it('leads only to what is there', async () => {
    const stranger = engine.api.as(null);
    const { text } = await stranger.get('/docs');
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
    const links = [...new Set([...text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link))];
    expect(links.filter((link) => link.startsWith('#') && !ids.has(link.slice(1)))).toEqual([]);
    for (const link of links.filter((each) => each.startsWith('/')))
      expect((await stranger.get(link)).status).toBe(200);
  });
});

/** The components with references that lead from one to another. */
const schemasAsDefinitions = (): Schema =>
  JSON.parse(
    JSON.stringify(document.components.schemas).replaceAll('"#/components/schemas/', '"document#/$defs/'),
  ) as Schema;
