import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

interface Exception {
  readonly folder: string;
  readonly table: string;
}

const { owners, joins, published } = createRequire(join(process.cwd(), 'package.json'))('./table-owners.cjs') as {
  readonly owners: Readonly<Record<string, readonly string[]>>;
  readonly joins: readonly Exception[];
  readonly published: readonly Exception[];
};

function sourceOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  return sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}

/** The files that declare read models, by their tables. */
const declared = new Map(
  readdirSync('projections', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.table.ts'))
    .flatMap((file) => {
      const source = readFileSync(join('projections', file), 'utf8');
      return [...source.matchAll(/new Table\(\s*'([a-z_]+)'/g)].map(([, table = '']) => [
        `forgerun_read.${table}`,
        file,
      ]);
    }),
);

/** In a statement, or as the object that declares it. */
function isNamedIn(folder: string, table: string): boolean {
  const source = sourceOf(folder);
  const file = declared.get(table)?.replace(/\.ts$/, '.js');
  return new RegExp(`\\b${table}\\b`).test(source) || (file !== undefined && source.includes(`/projections/${file}'`));
}

describe('the owners of tables', () => {
  let database: TestDatabase;
  let made: readonly string[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables
        where schemaname in ('forgerun_read', 'forgerun_engine', 'forgerun_log')
       union select pronamespace::regnamespace || '.' || proname from pg_proc
        where pronamespace in ('forgerun_read'::regnamespace, 'forgerun_engine'::regnamespace, 'forgerun_log'::regnamespace)
          and prorettype <> 'trigger'::regtype`,
    );
    made = rows.map(({ name }) => name);
    await client.end();
  }, 240_000);
  afterAll(() => database.drop());

  it('are named for everything that the migrations make, once, and for nothing else', () => {
    expect(Object.values(owners).flat().sort()).toEqual([...made].sort());
  });

  it('use what they own, but for what they publish', () => {
    const forOthers = new Set(published.map(({ table }) => table));
    const unused = Object.entries(owners).flatMap(([folder, tables]) =>
      tables
        .filter((table) => !forOthers.has(table) && !isNamedIn(folder, table))
        .map((table) => `${table} in ${folder}`),
    );
    expect(unused).toEqual([]);
  });

  it('are spared a question only where the answer is needed', () => {
    expect(joins.filter(({ folder, table }) => !isNamedIn(folder, table))).toEqual([]);
  });

  it('publish only what is read', () => {
    expect(published.filter(({ folder, table }) => !isNamedIn(folder, table))).toEqual([]);
  });
});
