import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projections } from '../../src/app/read-models.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

let engine: Engine;
let api: Api;

beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector' } });
  ({ api } = await engine.api.newClient());
}, 240_000);

afterAll(async () => {
  await engine.stop();
});

/** Every read that needs a key. */
const reads = () => engine.running.routes.filter(({ method, access }) => method === 'GET' && access?.kind === 'scopes');

const readAll = (headers: Readonly<Record<string, string>>) =>
  Promise.all(
    reads().map(async ({ path, access }) => {
      const isForAdmins = access?.kind === 'scopes' && access.anyOf.includes('admin');
      const url = path.replace(/:\w+/g, randomUUID());
      const { status, body } = await (isForAdmins ? engine.api : api).get(url, headers);
      return [path, status, body['code']];
    }),
  );

describe('every read', () => {
  it('says from which read models it is answered, and each of those is one', () => {
    expect(reads().length).toBeGreaterThan(15);
    expect(reads().filter((route) => route.reads === null)).toEqual([]);
    const named = reads().flatMap((route) => (route.reads === 'all' ? [] : (route.reads ?? [])));
    const known = projections.map(({ name }) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('waits for the position that it is given, and gives up on one that nothing reaches', async () => {
    const unreached = { 'forgerun-min-position': `p${'z'.repeat(24)}` };
    expect(await readAll(unreached)).toEqual(reads().map(({ path }) => [path, 503, 'RFA_STORAGE_UNAVAILABLE']));
  }, 240_000);

  it('takes no position that no engine gave', async () => {
    const nonsense = { 'forgerun-min-position': 'P!' };
    expect(await readAll(nonsense)).toEqual(reads().map(({ path }) => [path, 400, 'RFA_REQUEST_MALFORMED']));
  });

  it('that is about every read model waits for nothing that it was not asked for', async () => {
    // Without a projector nothing is ever shown.
    const idle = await startTestEngine({ env: { FORGERUN_ROLES: 'api' } });
    const { api: operator } = idle;
    try {
      const paused = await operator.post('/v1/queues/mail/pause');
      expect(paused.status).toBe(200);
      const behind = await operator.get('/v1/queues/mail');
      expect(behind).toMatchObject({ status: 503, body: { code: 'RFA_STORAGE_UNAVAILABLE' } });
      expect((await operator.get('/v1/admin/projections')).status).toBe(200);
      expect((await operator.get('/v1/admin/status')).status).toBe(200);
    } finally {
      await idle.stop();
    }
  }, 240_000);
});
