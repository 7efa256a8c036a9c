import { allScopes, type Scope } from '../../src/platform/http/caller.js';
import { templateOf } from '../../src/platform/http/openapi/api-document.js';
import { scopesThatOpen } from '../../src/platform/http/route.rules.js';
import { type Route } from '../../src/platform/http/routes.module.js';
import { schemaOf } from '../../src/platform/http/validation/schema.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type Made, parametersIn, pathWith, type Tenant } from './routes.fixture.js';

/** Ids that nothing ever has. */
export const malformed: readonly string[] = [
  'Nothing at all',
  '-',
  'a'.repeat(200),
  '00000000-0000-0000-0000-00000000000G',
  "' or 1=1 --",
  '\u0000',
  '__proto__',
  '{job_id}',
  '\u{1f4a5}',
];

/** A key that opens nothing, and what it is answered with. */
export interface BadKey {
  readonly key: string | null;
  readonly name: string;
  readonly status: number;
  readonly code: string;
}

/** Makes one of every kind of key that must not open anything. */
export async function badKeysOf(tenant: Tenant): Promise<readonly BadKey[]> {
  const { api, clientId } = tenant;
  const [expired, revoked] = await Promise.all([tenant.newKey(['client']), tenant.newKey(['client'])]);
  const keys = `/v1/clients/${clientId}/keys`;
  await api.post(`${keys}/renew`, { key_id: expired.keyId, overlap_seconds: 1 });
  await api.post(`${keys}/revoke`, { key_id: revoked.keyId });
  for (const { apiKey } of [expired, revoked])
    await api.as(apiKey).until(`/v1/clients/${clientId}`, ({ status }) => status === 401 || status === 403);
  const unknown = expired.apiKey.replace(/.{8}$/, (end) => (end === '00000000' ? '11111111' : '00000000'));
  const invalid = { status: 401, code: 'RFA_AUTH_INVALID_CREDENTIALS' };
  return [
    { name: 'no key', key: null, ...invalid },
    { name: 'a wrong key', key: unknown, ...invalid },
    { name: 'nonsense for a key', key: 'nonsense-for-a-key', ...invalid },
    { name: 'an expired key', key: expired.apiKey, status: 401, code: 'RFA_AUTH_TOKEN_EXPIRED' },
    { name: 'a revoked key', key: revoked.apiKey, status: 403, code: 'RFA_AUTH_API_KEY_DISABLED' },
  ];
}

/** Scopes that a client can have and that do not open a route. */
export function wrongScopesFor({ access }: Route): readonly Scope[] {
  const right = scopesThatOpen(access);
  return (['client', 'worker', 'read'] as const).filter((scope) => !right.includes(scope));
}

/** The table of the reference: every call that needs a key, and the scopes that open it, in the order of paths, without its blanks. */
export function scopeTable(routes: readonly Route[]): readonly string[] {
  return routes
    .filter(({ access }) => access?.kind === 'scopes')
    .map(({ method, path, access }) => {
      const opens = scopesThatOpen(access);
      const marks = allScopes.map((scope) => (opens.includes(scope) ? 'yes' : ''));
      return { key: `${path} ${method}`, row: [`\`${method} ${templateOf(path)}\``, ...marks].join('|') };
    })
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ row }) => row);
}

/** Whose id stands in one place of a path, the others being one's own. */
export interface Variant {
  readonly name: string;
  /** Null where all are one's own. */
  readonly parameter: string | null;
  readonly whose: 'own' | 'foreign' | 'missing' | 'malformed';
  readonly ids: Made;
}

/** A route with everything that it can be asked for. */
export interface Row {
  readonly route: Route;
  readonly variants: readonly Variant[];
  readonly call: (variant: Variant, api: Api) => Promise<ApiAnswer>;
}

/** Makes what a route needs, once: one's own, another's, and a body that it takes. */
export async function rowOf(route: Route, tenant: Tenant, stranger: Tenant): Promise<Row> {
  const { method, path } = route;
  const parameters = parametersIn(path);
  const own = await tenant.everyOf(parameters);
  const content = await bodyOf(route, tenant);
  const canBeForeign = (parameter: string): boolean => ['thing', 'name'].includes(tenant.fixture(parameter).kind);
  const hasForeign = parameters.some(canBeForeign);
  const foreign = hasForeign ? await stranger.everyOf(parameters) : {};
  const changed = (parameter: string, whose: Variant['whose'], value: string): Variant => ({
    name: `${whose} ${parameter}`,
    parameter,
    whose,
    ids: { ...own, [parameter]: value },
  });
  const variants: Variant[] = [{ name: 'own', parameter: null, whose: 'own', ids: own }];
  for (const parameter of parameters) {
    const fixture = tenant.fixture(parameter);
    if (canBeForeign(parameter)) variants.push(changed(parameter, 'foreign', foreign[parameter] ?? ''));
    variants.push(changed(parameter, 'missing', fixture.missing()));
    for (const value of malformed) variants.push(changed(parameter, 'malformed', value));
  }
  return { route, variants, call: ({ ids }, api) => api.call(method, pathWith(path, ids), content) };
}

async function bodyOf({ method, path, body }: Route, tenant: Tenant): Promise<unknown> {
  if (body === null) return undefined;
  return await tenant.bodyFor(`${method} ${path.replace(/:(\w+)/g, '{$1}')}`, { ...schemaOf(body) });
}

/** An answer without what differs from one request to the next. */
export function comparable({ status, text }: ApiAnswer, ids: Made): string {
  let masked = text.replace(/"instance":"[^"]*"/, '"instance":"…"');
  for (const id of Object.values(ids)) masked = masked.replaceAll(id, '…').replaceAll(id.toLowerCase(), '…');
  return `${status} ${masked}`;
}
