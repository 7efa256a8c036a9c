import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RandomIds } from '../../src/platform/ids/ids.js';
import { ClientsApp } from './clients-app.js';

const adminKey = 'an admin key of any text'.replaceAll(' ', '-');
const ids = new RandomIds();
let running: ClientsApp;
let here = '';
let elsewhere = '';

beforeAll(async () => {
  running = await ClientsApp.open();
  const node = await running.addNode();
  here = node.url;
  elsewhere = (await running.addNode()).url;
  expect(await node.operator.ensure(adminKey)).toEqual({ kind: 'given' });
  await running.caughtUp();
});

afterAll(async () => {
  await running.close();
  expect(running.failures).toEqual([]);
});

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Readonly<Record<string, unknown>> };
type Wish = { readonly key?: string; readonly body?: object; readonly actsFor?: string; readonly node?: string };

async function call(method: string, path: string, wish: Wish = {}): Promise<Answer> {
  const headers: Record<string, string> = { authorization: `Bearer ${wish.key ?? adminKey}` };
  if (wish.actsFor !== undefined) headers['forgerun-client'] = wish.actsFor;
  if (wish.body !== undefined) headers['content-type'] = 'application/json';
  const body = wish.body === undefined ? null : JSON.stringify(wish.body);
  const answer = await fetch(`${wish.node ?? here}/v1/clients${path}`, { method, headers, body });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] };
}

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError(`not a text: ${String(value)}`);
  return value;
};

async function newClient(): Promise<string> {
  return text((await call('POST', '', { body: {} })).body['client_id']);
}

async function newKey(clientId: string, body: object = {}): Promise<{ key: string; keyId: string }> {
  const answer = await call('POST', `/${clientId}/keys`, { body });
  expect(answer).toMatchObject({ status: 201 });
  return { key: text(answer.body['api_key']), keyId: text(answer.body['key_id']) };
}

describe('the calls about clients', () => {
  it('create a client and show it to the operator and to itself', async () => {
    const created = await call('POST', '', { body: { name: 'Shop' } });
    expect(created).toMatchObject({ status: 201, body: { name: 'Shop' } });
    expect(Object.keys(created.body).sort()).toEqual(['client_id', 'created_at', 'name']);
    expect(created.body['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(created.headers.get('forgerun-position')).toMatch(/^p/);
    const clientId = text(created.body['client_id']);
    const { key } = await newKey(clientId);
    expect(await call('GET', `/${clientId}`)).toMatchObject({ status: 200, body: created.body });
    expect(await call('GET', `/${clientId}`, { key, node: elsewhere })).toMatchObject({
      status: 200,
      body: created.body,
    });
  });

  it('answer another’s client exactly as one that does not exist', async () => {
    const [mine, theirs] = [await newClient(), await newClient()];
    const { key } = await newKey(mine);
    const unknown = ids.next();
    for (const [method, path, body] of [
      ['GET', ''],
      ['GET', '/keys'],
      ['POST', '/keys', {}],
      ['POST', '/keys/renew', {}],
      ['POST', '/keys/revoke', { key_id: ids.next() }],
    ] as const) {
      const wish = { key, ...(body === undefined ? {} : { body }) };
      const foreign = await call(method, `/${theirs}${path}`, wish);
      const missing = await call(method, `/${unknown}${path}`, wish);
      expect(foreign).toMatchObject({ status: 404, body: { code: 'RFA_CLIENT_NOT_FOUND' } });
      expect(text(foreign.body['detail']).replace(theirs, unknown)).toBe(missing.body['detail']);
      expect(missing.status).toBe(404);
    }
    expect(await call('GET', '/%00')).toMatchObject({ status: 404 });
    expect(await call('POST', `/${unknown}/keys`, { body: {} })).toMatchObject({ status: 404 });
  });

  it('name every fault of a request at once', async () => {
    const clientId = await newClient();
    const body = { name: '', scopes: ['root'], expires_in_days: 0, extra: 1 };
    const answer = await call('POST', `/${clientId}/keys`, { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'RFA_CLIENT_VALIDATION_FAILED' } });
    expect((answer.body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual([
      '/expires_in_days',
      '/extra',
      '/name',
      '/scopes/0',
    ]);
  });
});

describe('the calls about keys', () => {
  it('issue one key per name and show it once', async () => {
    const clientId = await newClient();
    const first = await call('POST', `/${clientId}/keys`);
    expect(first).toMatchObject({ status: 201, body: { scopes: ['client'], expires_at: null } });
    const { api_key: shown, ...metadata } = first.body;
    expect(text(shown)).toMatch(/^frk_/);
    expect(await call('POST', `/${clientId}/keys`, { body: {} })).toMatchObject({
      status: 200,
      body: { ...metadata, api_key: null },
    });
    const rotated = await call('POST', `/${clientId}/keys`, { body: { rotate: true } });
    expect(rotated.status).toBe(201);
    expect(await call('GET', `/${clientId}`, { key: text(shown) })).toMatchObject({
      status: 401,
      body: { code: 'RFA_AUTH_TOKEN_EXPIRED' },
    });
    expect(await call('GET', `/${clientId}`, { key: text(rotated.body['api_key']) })).toMatchObject({ status: 200 });
  });

  it('issue keys that open everywhere at once', async () => {
    const clientId = await newClient();
    for (let n = 0; n < 10; n += 1) {
      const { key } = await newKey(clientId, { name: `n${n}`, scopes: ['read'] });
      expect(await call('GET', `/${clientId}`, { key, node: elsewhere })).toMatchObject({ status: 200 });
    }
  });

  it('list keys without their texts, with their last use', async () => {
    const clientId = await newClient();
    const { key, keyId } = await newKey(clientId, { expires_in_days: 2 });
    const list = () => call('GET', `/${clientId}/keys`, { key });
    let [item] = (await list()).body['items'] as Record<string, unknown>[];
    while (item?.['last_used_at'] === null) [item] = (await list()).body['items'] as Record<string, unknown>[];
    expect(item).toMatchObject({ key_id: keyId, name: 'default', scopes: ['client'], revoked_at: null });
    expect(Date.parse(text(item?.['expires_at'])) - Date.parse(text(item?.['created_at']))).toBe(2 * 86_400_000);
    expect(JSON.stringify(item)).not.toContain('frk_');
    expect(Object.keys(item ?? {})).not.toContain('hash');
  });

  it('renew the key that asks, and let both open during the overlap', async () => {
    const clientId = await newClient();
    const { key } = await newKey(clientId);
    const renewed = await call('POST', `/${clientId}/keys/renew`, { key, body: { overlap_seconds: 60 } });
    expect(renewed).toMatchObject({ status: 200, body: { name: 'default', scopes: ['client'] } });
    const successor = text(renewed.body['api_key']);
    for (const opener of [key, successor]) {
      expect(await call('GET', `/${clientId}`, { key: opener })).toMatchObject({ status: 200 });
    }
    expect(await call('POST', `/${clientId}/keys/renew`, { key })).toMatchObject({
      status: 400,
      body: { code: 'RFA_CLIENT_VALIDATION_FAILED' },
    });
  });

  it('revoke a key everywhere within a second, and again without complaint', async () => {
    const clientId = await newClient();
    const { key, keyId } = await newKey(clientId);
    const open = () => call('GET', `/${clientId}`, { key, node: elsewhere });
    expect(await open()).toMatchObject({ status: 200 });
    const revoke = () => call('POST', `/${clientId}/keys/revoke`, { body: { key_id: keyId } });
    expect(await revoke()).toMatchObject({ status: 200, body: { revoked: true } });
    const revokedAt = performance.now();
    expect(await call('GET', `/${clientId}`, { key })).toMatchObject({
      status: 403,
      body: { code: 'RFA_AUTH_API_KEY_DISABLED' },
    });
    let answer = await open();
    while (answer.status === 200) answer = await open();
    // The second, and what a machine with other work adds to it.
    expect(performance.now() - revokedAt).toBeLessThan(1_000 + 9_000);
    expect(answer).toMatchObject({ status: 403, body: { code: 'RFA_AUTH_API_KEY_DISABLED' } });
    expect(await revoke()).toMatchObject({ status: 200, body: { revoked: true } });
    expect(await call('POST', `/${clientId}/keys/revoke`, { body: { key_id: ids.next() } })).toMatchObject({
      status: 404,
      body: { code: 'RFA_CLIENT_NOT_FOUND' },
    });
  });

  it('hand on no more than the asking key has', async () => {
    const clientId = await newClient();
    const { key } = await newKey(clientId);
    const admin = await newKey(clientId, { name: 'root', scopes: ['admin'] });
    const forbidden = { status: 403, body: { code: 'RFA_AUTH_FORBIDDEN' } };
    const ask = (path: string, body: object) => call('POST', `/${clientId}/keys${path}`, { key, body });
    expect(await ask('', { name: 'other', scopes: ['admin'] })).toMatchObject(forbidden);
    expect(await ask('', { name: 'root', rotate: true })).toMatchObject(forbidden);
    expect(await ask('/renew', { key_id: admin.keyId })).toMatchObject(forbidden);
    expect(await ask('/revoke', { key_id: admin.keyId })).toMatchObject(forbidden);
    expect(await call('POST', '', { key, body: {} })).toMatchObject(forbidden);
  });
});

describe('authentication', () => {
  it('asks strangers for a key and says how', async () => {
    for (const key of ['x', 'frk_0', 'some-other-text']) {
      const answer = await call('GET', `/${ids.next()}`, { key });
      expect(answer).toMatchObject({ status: 401, body: { code: 'RFA_AUTH_INVALID_CREDENTIALS' } });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    expect(running.refused.at(-1)).toMatchObject({ code: 'RFA_AUTH_INVALID_CREDENTIALS', keyId: null, method: 'GET' });
    expect(JSON.stringify(running.refused)).not.toContain('some-other-text');
  });

  it('lets keys that only look or only work do no more', async () => {
    const clientId = await newClient();
    for (const scope of ['read', 'worker']) {
      const { key } = await newKey(clientId, { name: scope, scopes: [scope] });
      expect(await call('GET', `/${clientId}`, { key })).toMatchObject({ status: scope === 'read' ? 200 : 403 });
      expect(await call('GET', `/${clientId}/keys`, { key })).toMatchObject({ status: 403 });
      expect(await call('POST', `/${clientId}/keys`, { key })).toMatchObject({ status: 403 });
      expect(await call('POST', `/${clientId}/keys/renew`, { key })).toMatchObject({ status: 403 });
    }
  });

  it('lets the operator act for a client, and records for whom', async () => {
    const clientId = await newClient();
    expect(await call('POST', `/${clientId}/keys`, { actsFor: clientId })).toMatchObject({ status: 201 });
    const issued = running.store.log.at(-1);
    expect(issued?.metadata.actor).toMatch(new RegExp(`^key:[0-9a-f-]{36} for ${clientId}$`));
    expect(await call('GET', `/${clientId}`, { actsFor: ids.next() })).toMatchObject({
      status: 404,
      body: { code: 'RFA_CLIENT_NOT_FOUND' },
    });
    const { key } = await newKey(clientId, { name: 'other' });
    expect(await call('GET', `/${clientId}`, { key, actsFor: clientId })).toMatchObject({ status: 403 });
  });

  it('leaves no key in the log', () => {
    const log = JSON.stringify(running.store.log.map(({ event, metadata }) => ({ event, metadata })));
    expect(log).toContain('KeyIssued');
    expect(log).not.toContain('frk_');
    expect(log).not.toContain(adminKey);
  });
});
