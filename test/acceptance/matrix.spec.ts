import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopesThatOpen } from '../../src/platform/http/route.rules.js';
import { type Route } from '../../src/platform/http/routes.module.js';
import { routesWithoutAccess } from '../support/routes-without-access.js';
import { type ApiAnswer } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { fixtureEnv, Tenant } from './routes.fixture.js';
import {
  type BadKey,
  badKeysOf,
  comparable,
  type Row,
  rowOf,
  scopeTable,
  type Variant,
  wrongScopesFor,
} from './matrix.fixture.js';

let engine: Engine;
let tenant: Tenant;
let stranger: Tenant;
let operator: Tenant;
let routes: readonly Route[];
let badKeys: readonly BadKey[];

beforeAll(async () => {
  engine = await startTestEngine({ env: fixtureEnv });
  tenant = await Tenant.of(engine.api, engine.database);
  stranger = await Tenant.of(engine.api, engine.database);
  // What only the operator may do is asked for by the operator, in the name of the client.
  operator = new Tenant(tenant.clientId, engine.api.with({ 'forgerun-client': tenant.clientId }), engine.database);
  routes = engine.running.routes;
  badKeys = await badKeysOf(tenant);
});

afterAll(async () => {
  await engine.stop();
});

const isOpen = ({ access }: Route): boolean => access?.kind === 'public';
const needsOperator = ({ access }: Route): boolean => access?.kind === 'scopes' && access.anyOf.includes('admin');
const callerOf = (route: Route): Tenant => (needsOperator(route) ? operator : tenant);
const closed = (): readonly Route[] => routes.filter((route) => !isOpen(route));

/** What is wrong with every route, a few routes at a time. */
async function faultsOf(
  chosen: readonly Route[],
  look: (row: Row) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const waiting = [...chosen];
  const faults: string[] = [];
  const work = async (): Promise<void> => {
    for (let route = waiting.shift(); route !== undefined; route = waiting.shift()) {
      const { method, path } = route;
      const found = await look(await rowOf(route, callerOf(route), stranger));
      faults.push(...found.map((fault) => `${method} ${path}, ${fault}`));
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  return faults.sort();
}

const codeOf = ({ body }: ApiAnswer): string => String(body['code']);
const shown = ({ status, text }: ApiAnswer): string => `${status} ${text.slice(0, 300)}`;

describe('every route', () => {
  it('says whom it needs', () => {
    expect(routesWithoutAccess(routes)).toEqual([]);
    expect(closed().length).toBeGreaterThan(20);
    expect(routes.filter((route) => route.path.startsWith('/v1') && isOpen(route))).toEqual([]);
  });

  it('is open to a worker key only for leases, and for a job, its result and its events', () => {
    const forWorkers = closed().filter((route) => scopesThatOpen(route.access).includes('worker'));
    const reads = forWorkers.filter(({ path }) => !path.startsWith('/v1/leases'));
    const allowed = ['GET /v1/jobs/:job_id', 'GET /v1/jobs/:job_id/events', 'GET /v1/jobs/:job_id/result'];
    expect(reads.map(({ method, path }) => `${method} ${path}`).filter((call) => !allowed.includes(call))).toEqual([]);
    expect(reads.length).toBeGreaterThanOrEqual(2);
    const leases = routes.filter(({ path }) => path.startsWith('/v1/leases'));
    expect(leases.filter((route) => !forWorkers.includes(route))).toEqual([]);
  });

  it('is open to a key that only reads where it is a GET of the client, and not for keys', () => {
    const forReaders = closed().filter((route) => scopesThatOpen(route.access).includes('read'));
    expect(forReaders.filter(({ method, path }) => method !== 'GET' || path.endsWith('/keys'))).toEqual([]);
    const gets = closed().filter((route) => route.method === 'GET' && !needsOperator(route));
    const kept = gets.filter((route) => !forReaders.includes(route));
    expect(kept.map(({ path }) => path)).toEqual(['/v1/clients/:client_id/keys']);
  });

  it('stands in the reference with the scopes that open it', async () => {
    const reference = await readFile('docs/reference/api.md', 'utf8');
    const listed = reference.split('\n').filter((line) => /^\| `[A-Z]+ \/v1\//.test(line));
    const cells = listed.map((line) => line.split('|').slice(1, -1));
    expect(cells.map((row) => row.map((cell) => cell.trim()).join('|'))).toEqual(scopeTable(routes));
  });

  it('is closed to every bad key, whatever ids are asked for', async () => {
    const faults = await faultsOf(closed(), async ({ route, variants, call }) => {
      const found: string[] = [];
      const { api } = callerOf(route);
      const scoped = await Promise.all(wrongScopesFor(route).map(keyWith));
      for (const variant of variants)
        for (const { key, name, status, code } of [...badKeys, ...scoped]) {
          const answer = await call(variant, api.as(key));
          if (answer.status !== status || codeOf(answer) !== code)
            found.push(`${variant.name} with ${name}: ${shown(answer)}`);
        }
      return found;
    });
    expect(faults).toEqual([]);
  }, 240_000);

  it('answers for a foreign id exactly as for one that does not exist', async () => {
    const faults = await faultsOf(routes, async ({ route, variants, call }) => {
      const found: string[] = [];
      const { api } = callerOf(route);
      for (const foreign of variants.filter(({ whose }) => whose === 'foreign')) {
        const missing = variants.find((each) => each.whose === 'missing' && each.parameter === foreign.parameter);
        const one = comparable(await call(foreign, api), foreign.ids);
        const other = missing === undefined ? '' : comparable(await call(missing, api), missing.ids);
        if (one !== other) found.push(`${foreign.name}: ${one} is not ${other}`);
      }
      return found;
    });
    expect(faults).toEqual([]);
  }, 240_000);

  it('does its work for its own ids, and never fails whatever ids are asked for', async () => {
    const faults = await faultsOf(routes, async ({ route, variants, call }) => {
      const found: string[] = [];
      const caller = callerOf(route);
      // Its own come last: what is deleted cannot be asked for again.
      for (const variant of [...variants].reverse()) {
        const answer = await call(variant, isOpen(route) ? caller.api.as(null) : caller.api);
        if (!isAsExpected(variant, caller, answer)) found.push(`${variant.name}: ${shown(answer)}`);
      }
      return found;
    });
    expect(faults).toEqual([]);
  }, 240_000);

  it('lets only the operator act for another client, and only for one that exists', async () => {
    const faults = await faultsOf(closed(), async ({ variants: [own], call }) => {
      const found: string[] = [];
      const attempts = [
        { api: tenant.api.with({ 'forgerun-client': stranger.clientId }), wanted: '403 RFA_AUTH_FORBIDDEN' },
        { api: engine.api.with({ 'forgerun-client': randomUUID() }), wanted: '404 RFA_CLIENT_NOT_FOUND' },
        { api: engine.api.with({ 'forgerun-client': 'nobody' }), wanted: '404 RFA_CLIENT_NOT_FOUND' },
      ];
      if (own === undefined) return ['it has nothing of its own'];
      for (const { api, wanted } of attempts) {
        const answer = await call(own, api);
        if (`${answer.status} ${codeOf(answer)}` !== wanted) found.push(`${wanted}: ${shown(answer)}`);
      }
      return found;
    });
    expect(faults).toEqual([]);
  }, 240_000);

  it('asks for nothing that the matrix cannot make', () => {
    expect(() => tenant.fixture('a_new_id')).toThrow('does not know how to make a a_new_id');
  });
});

const keysByScope = new Map<string, Promise<BadKey>>();

/** A good key with this scope and no other, made once. */
function keyWith(scope: string): Promise<BadKey> {
  const refused = { name: `the scope ${scope}`, status: 403, code: 'RFA_AUTH_FORBIDDEN' };
  const known = keysByScope.get(scope) ?? tenant.newKey([scope]).then(({ apiKey: key }) => ({ key, ...refused }));
  keysByScope.set(scope, known);
  return known;
}

function isAsExpected({ parameter, whose }: Variant, caller: Tenant, { status }: ApiAnswer): boolean {
  if (whose === 'own') return status < 300;
  const kind = parameter === null ? 'thing' : caller.fixture(parameter).kind;
  if (whose === 'malformed') return status === 404 || status === 400 || (kind === 'text' && status < 300);
  return kind === 'name' || kind === 'text' ? status < 300 : status === 404;
}
