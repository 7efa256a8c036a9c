import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly maxProperties?: number;
  /** What is longer is cut. */
  readonly description?: string;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What an instant is that some store refuses, or that cannot be written back with a year of four digits. */
const impossible = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999-00:01',
  '0000-12-31T23:59:59.999999999Z',
];
const farthest = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'];

let engine: Engine;
let api: Api;
let document: Document;
let schedule: string;

beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' } });
  ({ api } = await engine.api.newClient());
  const job = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' };
  const made = await api.post('/v1/schedules', { name: 'a rule', cron: '0 0 1 1 *', timezone: 'UTC', job });
  schedule = String(made.body['schedule_id']);
  document = (await api.get<Document>('/openapi.json')).body;
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});

interface Place {
  readonly at: string;
  readonly schema: Schema;
}

/** Every value of a request by its place in it; what is opaque has no places. */
function placesIn(schema: Schema, at: string): readonly Place[] {
  const known = resolved(schema);
  const { properties = {}, items, oneOf = [], anyOf = [], allOf = [], additionalProperties } = known;
  return [
    { at, schema: known },
    ...Object.entries(properties).flatMap(([name, each]) => placesIn(each, `${at}/${name}`)),
    ...(items === undefined ? [] : placesIn(items, `${at}/0`)),
    ...(typeof additionalProperties === 'object' ? placesIn(additionalProperties, `${at}/*`) : []),
    ...[...oneOf, ...anyOf, ...allOf].flatMap((each) => placesIn(each, at)),
  ];
}

const operations = (): readonly (readonly [string, Operation])[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => [`${method.toUpperCase()} ${path}`, each] as const),
  );

const bodyOf = ({ requestBody }: Operation): Schema | undefined => requestBody?.content['application/json']?.schema;

/** Why a value can be anything at all; null where it has bounds. */
function unbounded({ type, format, ...schema }: Schema): string | null {
  const types = Array.isArray(type) ? (type as readonly string[]) : [String(type)];
  const { pattern, maxLength, minimum, exclusiveMinimum, maximum, maxItems, maxProperties } = schema;
  if (schema.enum !== undefined || schema.const !== undefined || (schema.description ?? '').includes('Cut after '))
    return null;
  if (types.includes('integer') || types.includes('number'))
    return maximum === undefined || (minimum ?? exclusiveMinimum) === undefined ? 'a number without a range' : null;
  if (types.includes('string'))
    return maxLength === undefined && format === undefined && !isBoundedPattern(pattern)
      ? 'a text without a bound'
      : null;
  if (types.includes('array')) return maxItems === undefined ? 'a list without a bound' : null;
  if (types.includes('object') && typeof schema.additionalProperties === 'object')
    return maxProperties === undefined ? 'a map without a bound' : null;
  return null;
}

const isBoundedPattern = (pattern: string | undefined): boolean =>
  pattern !== undefined && !/[*+](?!\?!)|\{\d+,\}/.test(pattern);

describe('a value at the door', () => {
  it('has a range, a length or a form wherever a request may hold one', () => {
    const faults = operations().flatMap(([name, operation]) => {
      const body = bodyOf(operation);
      const places = [
        ...(body === undefined ? [] : placesIn(body, '')),
        ...(operation.parameters ?? [])
          .filter((each) => each.in === 'query')
          .flatMap((each) => placesIn(each.schema, `?${each.name}`)),
      ];
      return places.flatMap(({ at, schema }) => {
        const fault = unbounded(schema);
        return fault === null ? [] : [`${name} ${at}: ${fault}`];
      });
    });
    expect(faults).toEqual([]);
  });

  it.each(impossible)('is no instant that a store cannot hold, on any route: %s', async (text) => {
    let tried = 0;
    for (const [name, operation] of operations()) {
      const [method = '', path = ''] = name.split(' ');
      const url = path
        .replace('{schedule_id}', schedule)
        .replaceAll(/\{[^}]+\}/g, '01890000-0000-7000-8000-000000000000');
      for (const { name: query, schema } of operation.parameters ?? []) {
        if (schema.format !== 'date-time') continue;
        tried += 1;
        const answer = await api.get(`${url}?${query}=${encodeURIComponent(text)}`);
        expect([name, query, answer.status, answer.body['errors']]).toMatchObject([
          name,
          query,
          400,
          [{ pointer: `/${query}` }],
        ]);
      }
      const body = bodyOf(operation);
      const instants =
        body === undefined ? [] : placesIn(body, '').filter(({ schema }) => schema.format === 'date-time');
      for (const { at } of instants.filter(({ at }) => /^\/\w+$/.test(at))) {
        tried += 1;
        const answer = await api.call(method, url, { [at.slice(1)]: text });
        const { errors = [] } = answer.body as { readonly errors?: readonly { pointer: string }[] };
        expect([name, at, answer.status, errors.map(({ pointer }) => pointer).includes(at)]).toEqual([
          name,
          at,
          400,
          true,
        ]);
      }
    }
    expect(tried).toBeGreaterThanOrEqual(10);
  });

  it('is taken up to the ends of what is held, and then nothing waits behind it', async () => {
    const hook = await api.post('/v1/webhooks', { url: 'http://127.0.0.1:9/' });
    const path = `/v1/webhooks/${String(hook.body['webhook_id'])}/replay`;
    for (const from of farthest) expect((await api.post(path, { from })).status).toBe(202);
    for (const at of farthest) {
      expect((await api.get(`/v1/jobs?created_after=${at}&created_before=${at}`)).status).toBe(200);
      const job = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' };
      const rule = { name: `at ${at}`, cron: '* * * * *', timezone: 'UTC', job, start_at: at };
      expect((await api.post('/v1/schedules', rule)).status).toBe(201);
    }
    const { body } = await engine.api.get<{ parts: Record<string, { status: string }> }>('/health/ready');
    expect(body.parts['parked_streams']).toEqual({ status: 'ok' });
  });

  it.each(['%00', '%ED%A0%80', '99999999999999999999999999999999999999', '-1', '%F0%9F%98%80'])(
    'of a query never makes a store fail: %s',
    async (text) => {
      for (const [name, { parameters = [] }] of operations()) {
        const [method, path = ''] = name.split(' ');
        if (method !== 'GET') continue;
        for (const { name: query, in: where } of parameters) {
          if (where !== 'query') continue;
          const url = path.replaceAll(/\{[^}]+\}/g, '01890000-0000-7000-8000-000000000000');
          const value = query === 'tag' ? `${text}:${text}` : text;
          const { status } = await engine.api.get(`${url}?${query}=${value}`);
          expect([name, query, status < 500]).toEqual([name, query, true]);
        }
        if (!path.includes('{')) continue;
        const { status } = await engine.api.get(path.replaceAll(/\{[^}]+\}/g, text));
        expect([name, status < 500]).toEqual([name, true]);
      }
    },
  );
});
