import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { apiKeysProjection } from '../../projections/api-keys/api-keys.projection.js';
import { clientsProjection } from '../../projections/clients/clients.projection.js';
import { type ClientEvent, type KeyIssued } from '../../src/clients/domain/client.events.js';
import { PostgresKeyIndex } from '../../src/clients/keys/postgres-key-index.js';
import { PostgresKeyUses } from '../../src/clients/keys/postgres-key-uses.js';
import { PostgresClientDirectory } from '../../src/clients/queries/postgres-client-directory.js';
import { RowWriter } from '../../src/engine/projector/row-writer.js';
import { type DomainEvent } from '../../src/kernel/message.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { RandomIds } from '../../src/platform/ids/ids.js';
import { openPool } from '../../src/platform/postgres/pools.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const ids = new RandomIds();
let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = openPool({
    connectionString: database.connectionString,
    name: 'spec',
    max: 2,
    statementTimeoutMs: 5_000,
    onError: (error) => {
      throw error;
    },
  });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const projections: readonly Projection[] = [clientsProjection, apiKeysProjection];

/** Puts events into the tables as the projector does, all in one batch. */
async function happened(...events: ClientEvent[]): Promise<void> {
  for (const projection of projections) {
    const changes = events
      .filter(({ type }) => projection.types.includes(type))
      .flatMap((event) => projection.apply(recordedAs(event)));
    for (const { text, values } of new RowWriter(projection.tables).statements(changes).statements) {
      await pool.query(text, [...values]);
    }
  }
}

const recordedAs = (event: DomainEvent): Recorded => ({
  id: ids.next(),
  stream: 'client-c',
  revision: 0,
  position: 0n,
  metadata: {
    at: 0,
    actor: 'key:k',
    correlationId: null,
    causationId: null,
    traceparent: null,
    schema: 1,
    chain: '',
  },
  event,
});

const created = (clientId: string, name: string | null = null): ClientEvent => ({
  type: 'ClientCreated',
  data: { clientId, name, createdAt: 1_700_000_000_123 },
});

const issued = (clientId: string, data: Partial<KeyIssued['data']> = {}): KeyIssued => ({
  type: 'KeyIssued',
  data: {
    clientId,
    keyId: ids.next(),
    name: 'default',
    scopes: ['client'],
    hash: 'a hash',
    createdAt: 1_700_000_000_456,
    expiresAt: null,
    ...data,
  },
});

describe('the read models of clients', () => {
  it('tell the door whose a key is', async () => {
    const clientId = ids.next();
    const { data } = issued(clientId);
    await happened(created(clientId), { type: 'KeyIssued', data });
    const index = new PostgresKeyIndex(pool);
    expect(await index.ownersOf([data.keyId, ids.next()])).toEqual(new Map([[data.keyId, clientId]]));
  });

  it('know which clients there are', async () => {
    const clientId = ids.next();
    await happened(created(clientId, 'Shop'));
    const directory = new PostgresClientDirectory(pool);
    expect(await directory.client(clientId)).toEqual({ clientId, name: 'Shop', createdAt: 1_700_000_000_123 });
    expect(await directory.client(ids.next())).toBeNull();
  });

  it('list a client’s keys, newest first, with their last use', async () => {
    const clientId = ids.next();
    const [first, second] = [issued(clientId, { name: 'a', createdAt: 1_000 }), issued(clientId, { createdAt: 2_000 })];
    await happened(created(clientId), first, second, issued(ids.next()));
    const uses = new PostgresKeyUses(pool);
    await uses.write(
      new Map([
        [first.data.keyId, 1_700_000_000_123],
        [second.data.keyId, 5],
      ]),
    );
    await uses.write(new Map([[first.data.keyId, 1_600_000_000_000]]));
    const keys = await new PostgresClientDirectory(pool).keys(clientId);
    expect(keys.map(({ keyId, name, lastUsedAt }) => ({ keyId, name, lastUsedAt }))).toEqual([
      { keyId: second.data.keyId, name: 'default', lastUsedAt: 5 },
      { keyId: first.data.keyId, name: 'a', lastUsedAt: 1_700_000_000_123 },
    ]);
  });
});
