import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { startEngineProcess } from '../support/engine-process.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { plainJob } from './jobs.fixture.js';

/** Two nodes that take calls, and nothing that writes read models. */
let database: TestDatabase;
let here: Engine;
let there: Engine;

beforeAll(async () => {
  database = await testDatabase();
  const env = { FORGERUN_ROLES: 'api' };
  [here, there] = await Promise.all([startTestEngine({ env, database }), startTestEngine({ env, database })]);
});

afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

interface MadeKey {
  readonly clientId: string;
  readonly keyId: string;
  readonly api: Api;
}

async function newKey(scopes: readonly string[] = ['client']): Promise<MadeKey> {
  const clientId = String((await here.api.post('/v1/clients', {})).body['client_id']);
  const { body } = await here.api.post(`/v1/clients/${clientId}/keys`, { scopes });
  return { clientId, keyId: String(body['key_id']), api: here.api.as(String(body['api_key'])) };
}

const revoke = ({ clientId, keyId }: MadeKey): Promise<ApiAnswer> =>
  here.api.post(`/v1/clients/${clientId}/keys/revoke`, { key_id: keyId });

const disabled = { status: 403, body: { code: 'RFA_AUTH_API_KEY_DISABLED' } };

describe('a key, while no projector runs', () => {
  it('opens on every node once it is issued', async () => {
    const { api } = await newKey();
    for (const { url } of [here, there]) expect((await api.at(url).post('/v1/jobs', plainJob)).status).toBe(202);
  });

  it('is not called unknown by a node that began later, and cannot know it yet', async () => {
    const { clientId, api } = await newKey();
    const late = await startTestEngine({ env: { FORGERUN_ROLES: 'api' }, database });
    try {
      expect(await api.at(late.url).post('/v1/jobs', plainJob)).toMatchObject({
        status: 503,
        body: { code: 'RFA_STORAGE_UNAVAILABLE' },
      });
      // The operator's key comes from the environment, and the client from its stream.
      const made = await late.api.post(`/v1/clients/${clientId}/keys`, { name: 'another' });
      expect(made).toMatchObject({ status: 201 });
      const acting = late.api.with({ 'forgerun-client': clientId });
      expect(await acting.post('/v1/jobs', plainJob)).toMatchObject({ status: 202 });
    } finally {
      await late.stop();
    }
  });

  it('opens nothing on any node once its revocation is answered', async () => {
    const key = await newKey();
    for (const { url } of [here, there]) expect((await key.api.at(url).post('/v1/jobs', plainJob)).status).toBe(202);
    expect(await revoke(key)).toMatchObject({ status: 200, body: { revoked: true } });
    const answers = await Promise.all(
      [here, there].flatMap(({ url }) => [
        key.api.at(url).post('/v1/jobs', plainJob),
        key.api.at(url).post(`/v1/clients/${key.clientId}/keys`, { name: 'another' }),
      ]),
    );
    for (const answer of answers) expect(answer).toMatchObject(disabled);
    // Asked again, the answer is the same, and as true.
    expect(await revoke(key)).toMatchObject({ status: 200, body: { revoked: true } });
  });

  it('ends a long poll on another node with its revocation', async () => {
    const key = await newKey(['worker']);
    const poll = key.api.at(there.url).post('/v1/leases', { worker_id: 'w', wait_ms: 25_000 });
    const began = performance.now();
    await revoke(key);
    await poll;
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('that was renewed without an overlap opens nothing on any node once that is answered', async () => {
    const key = await newKey();
    expect((await key.api.at(there.url).post('/v1/jobs', plainJob)).status).toBe(202);
    expect((await key.api.post(`/v1/clients/${key.clientId}/keys/renew`, {})).status).toBe(200);
    expect(await key.api.at(there.url).post('/v1/jobs', plainJob)).toMatchObject({
      status: 401,
      body: { code: 'RFA_AUTH_TOKEN_EXPIRED' },
    });
  });
});

describe('a node that stands still while a key is revoked', () => {
  it('opens nothing with it when it goes on', async () => {
    const frozen = await startEngineProcess({ connectionString: database.connectionString, roles: 'api' });
    const key = await newKey();
    expect((await key.api.at(frozen.url).post('/v1/jobs', plainJob)).status).toBe(202);
    frozen.kill('SIGSTOP');
    try {
      const began = performance.now();
      expect(await revoke(key)).toMatchObject({ status: 200, body: { revoked: true } });
      // It cannot have said anything, so it was waited for until it may not open anything any more.
      expect(performance.now() - began).toBeGreaterThan(5_000);
      const late = key.api.at(frozen.url).post('/v1/jobs', plainJob, { 'idempotency-key': randomUUID() });
      frozen.kill('SIGCONT');
      const answer = await late;
      expect([403, 503]).toContain(answer.status);
      await key.api.at(frozen.url).until('/v1/jobs', ({ status }) => status === 403);
    } finally {
      frozen.kill('SIGCONT');
      frozen.kill('SIGTERM');
    }
    expect(await frozen.exited).toBe(0);
  });
});
