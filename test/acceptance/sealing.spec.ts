import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Streams } from '../../src/engine/commands/streams.js';
import { CreateWebhook } from '../../src/webhooks/domain/webhook.commands.js';
import { type Api } from '../support/api.js';
import { sealingKey } from '../support/database-settings.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logOn, withLogOn } from '../support/event-store-under-test.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';
import { Receiver, register, submit, verify } from './webhooks.fixture.js';
import { webhookStream } from '../../src/webhooks/domain/webhook.stream.js';

let database: TestDatabase;
let receiver: Receiver;

beforeAll(async () => {
  database = await testDatabase();
  receiver = await Receiver.open();
});

afterAll(async () => {
  await receiver.close();
  await database.drop();
});

const keyOf = (n: number): string => Buffer.alloc(32, n).toString('base64');
const second = keyOf(2);

const running = new Set<Engine>();

async function start(sealing: Readonly<Record<string, string>> = {}): Promise<Engine> {
  const engine = await startTestEngine({ database, env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8', ...sealing } });
  running.add(engine);
  return {
    ...engine,
    stop: async () => {
      running.delete(engine);
      await engine.stop();
    },
  };
}

// What a test that failed has left.
afterEach(async () => {
  await Promise.all([...running].map((engine) => engine.stop()));
  running.clear();
});

async function sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Resolves once something of a job is delivered there, signed with the secret that was shown. */
async function isDelivered(api: Api, path: string, secret: string): Promise<void> {
  const jobId = await submit(api);
  const all = await receiver.until(
    (got) => got.some((each) => each.path === path && each.event.subject === jobId),
    60_000,
  );
  for (const each of all.filter((one) => one.path === path && one.event.subject === jobId))
    expect(() => verify(secret, each)).not.toThrow();
}

/** How what is recorded was sealed, in the log: each webhook's last word. */
async function untilSealed(webhookId: string, isSo: (sealed: string) => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const events = (await logOn(database.connectionString)).filter(({ stream }) => stream === `webhook-${webhookId}`);
    const last = events
      .flatMap(({ event }) => {
        const data = event.data as { sealedSecret?: string; secrets?: readonly { after: string }[] };
        return data.sealedSecret ?? data.secrets?.[0]?.after ?? [];
      })
      .at(-1);
    if (last !== undefined && isSo(last)) return;
    if (performance.now() > deadline) throw new Error(`it stayed ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the key that seals secrets', () => {
  it('is in no row of the database and stands there as a fingerprint; a node with another one does not start', async () => {
    const engine = await start();
    const rows = await sql<{ fingerprint: string }>('select fingerprint from forgerun_engine.sealing_keys');
    expect(rows.map(({ fingerprint }) => fingerprint)).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(await sql(`select from forgerun_engine.secrets where name = 'webhooks'`)).toEqual([]);
    await expect(start({ FORGERUN_SEALING_KEY: second })).rejects.toMatchObject({
      code: 'RFA_CONFIG_INVALID',
      message: expect.stringMatching(/FORGERUN_SEALING_KEY is the key .*FORGERUN_SEALING_KEY_PREVIOUS/),
    });
    await engine.stop();
  });

  it('is taken from the database once: what it sealed there is sealed anew, and it is deleted', async () => {
    const engine = await start();
    const { api, clientId } = await engine.api.newClient();
    const key = randomBytes(32);
    const webhookId = randomUUID();
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const requested = { url: `${receiver.url}/old`, events: ['job.succeeded'], description: null };
    const cause = { actor: 'spec', correlationId: null, causationId: null, traceparent: null };
    const command = new CreateWebhook(webhookId, clientId, requested, sealedBefore(secret, webhookId, key));
    await withLogOn(database.connectionString, async (store) => {
      const streams = new Streams(store, new StillClock(Date.now()), { cachedCharacters: 1_000 });
      await streams.decideOn(webhookStream, webhookId, command.because({ commandId: randomUUID(), ...cause }));
    });
    await engine.stop();
    await sql(`insert into forgerun_engine.secrets (name, value) values ('webhooks', $1)`, [key]);
    const upgraded = await start();
    await untilSealed(webhookId, (sealed) => sealed.startsWith('a2.'));
    const left = () => sql(`select from forgerun_engine.secrets where name = 'webhooks'`);
    while ((await left()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await isDelivered(api.at(upgraded.url), '/old', secret);
    await upgraded.stop();
  });

  it('is rotated on two nodes, one after the other, and every delivery stays signed with the same secret', async () => {
    const one = await start();
    const { api } = await one.api.newClient();
    const { id, secret } = await register(api, `${receiver.url}/rotated`, ['job.succeeded']);
    await isDelivered(api, '/rotated', secret);
    const other = await start({ FORGERUN_SEALING_KEY: second, FORGERUN_SEALING_KEY_PREVIOUS: sealingKey });
    const rows = await sql<{ fingerprint: string }>(
      'select fingerprint from forgerun_engine.sealing_keys order by number',
    );
    const inForce = rows.at(-1)?.fingerprint ?? '';
    expect(rows).toHaveLength(2);
    await untilSealed(id, (sealed) => sealed.startsWith(`a2.${inForce}.`));
    // While the first still runs with the old key alone: what it seals is sealed anew as well.
    await isDelivered(api.at(other.url), '/rotated', secret);
    const late = await register(api, `${receiver.url}/late`, ['job.succeeded']);
    await untilSealed(late.id, (sealed) => sealed.startsWith(`a2.${inForce}.`));
    await one.stop();
    await expect(start()).rejects.toMatchObject({ code: 'RFA_CONFIG_INVALID' });
    await other.stop();
    const last = await start({ FORGERUN_SEALING_KEY: second });
    for (const [path, each] of [
      ['/rotated', secret],
      ['/late', late.secret],
    ] as const)
      await isDelivered(api.at(last.url), path, each);
    await last.stop();
  });

  it('that is lost has a way on: deliveries wait uncharged until their secrets are rotated', async () => {
    const before = await start({ FORGERUN_SEALING_KEY: second });
    const { api } = await before.api.newClient();
    const { id } = await register(api, `${receiver.url}/lost`, ['job.succeeded']);
    await before.stop();
    const after = await start({ FORGERUN_SEALING_KEY: keyOf(3), FORGERUN_SEALING_KEY_PREVIOUS: 'lost' });
    const here = api.at(after.url);
    const jobId = await submit(here);
    const listed = `/v1/webhooks/${id}/deliveries`;
    await here.until<{ items: unknown[] }>(listed, ({ body }) => body.items.length === 1);
    const rotated = await here.post(`/v1/webhooks/${id}/rotate-secret`, {});
    expect(rotated.status).toBe(200);
    const got = await receiver.until(
      (all) => all.some(({ path, event }) => path === '/lost' && event.subject === jobId),
      60_000,
    );
    for (const each of got.filter(({ path }) => path === '/lost')) verify(String(rotated.body['secret']), each);
    const { body } = await here.until<{ items: { state: string; attempts: unknown[] }[] }>(
      listed,
      (answer) => answer.body.items[0]?.state === 'DELIVERED',
    );
    expect(body.items[0]?.attempts).toHaveLength(1);
    await after.stop();
  });
});

/** As it was done while the key lay in the database. */
function sealedBefore(secret: string, owner: string, key: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
  return `a1.${Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')}`;
}
