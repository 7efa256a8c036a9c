import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readTables } from '../../src/app/read-models.js';
import { openReadSource, type ReadSource } from '../../src/platform/postgres/read-source.js';
import { type TestDatabase, testDatabase } from '../support/postgres.js';

describe('the entities of the read models', () => {
  let database: TestDatabase;
  let source: ReadSource;
  beforeAll(async () => {
    database = await testDatabase();
    source = await openReadSource(database.connectionString, readTables, () => undefined);
  }, 240_000);
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('are what the migrations make', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});
