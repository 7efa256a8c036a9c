import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Pool } from 'pg';
import { type RowChange } from '../../src/kernel/row-change.js';
import {
  bigint,
  boolean,
  integer,
  numeric,
  orNull,
  smallint,
  Table,
  text,
  timestamptz,
  uuid,
} from '../../src/kernel/table.js';
import { openFollowerPool } from '../../src/platform/postgres/keyed-pools.js';
import { writeTogether } from '../../src/engine/followers/transaction.js';
import { liveTable, RowWriter } from '../../src/engine/projector/row-writer.js';
import { type TestDatabase, testDatabase } from '../support/postgres.js';

const table = new Table('things', ['area', 'id'], {
  area: text,
  id: integer,
  a: bigint,
  b: orNull(text),
  c: numeric,
  at: orNull(timestamptz),
  yes: boolean,
});
const ids = new Table('ids', ['id'], { id: uuid, n: smallint });

const key = fc.record({ area: fc.constantFrom('x', 'y"{},\\'), id: fc.integer({ min: 1, max: 2 }) });
const values = fc.record({
  a: fc.integer(),
  b: fc.option(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\u0000', ''))),
  c: fc.bigInt({ min: 0n, max: 2n ** 80n }),
  at: fc.option(fc.integer({ min: 0, max: 8_640_000_000_000_000 })),
  yes: fc.boolean(),
});
const change: fc.Arbitrary<RowChange> = fc.oneof(
  fc.tuple(key, values).map(([of, row]) => table.insert({ ...of, ...row })),
  fc
    .tuple(key, values, fc.subarray(['a', 'b', 'c', 'at', 'yes'] as const, { minLength: 1 }))
    .map(([of, row, names]) => table.update(of, Object.fromEntries(names.map((name) => [name, row[name]])))),
  fc
    .tuple(key, fc.record({ a: fc.integer(), c: fc.nat() }, { requiredKeys: ['a'] }))
    .map(([of, deltas]) => table.add(of, deltas)),
  key.map((of) => table.delete(of)),
);

/** An add before and after an update of the same column, which few random batches hold. */
const of = { area: 'x', id: 1 };
const addedAndSet = [table.add(of, { a: 1, c: 1 }), table.update(of, { a: 7 }), table.add(of, { a: 2, c: 2 })];

describe('the row writer', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await testDatabase();
    pool = openFollowerPool({
      connectionString: database.connectionString,
      name: 'rows',
      max: 2,
      onError: () => undefined,
      statementTimeoutMs: 5_000,
    });
    for (const name of ['things', 'things_one_by_one']) {
      await pool.query(
        `create table forgerun_read.${name} (area text, id integer, a bigint not null default 0, b text,
           c numeric not null default 0, at timestamptz, yes boolean not null default false, primary key (area, id))`,
      );
    }
    await pool.query('create table forgerun_read.ids (id uuid primary key, n smallint)');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const rowsOf = async (name: string): Promise<readonly unknown[]> =>
    (await pool.query(`select *, at::text as at from ${name} order by area, id`)).rows as readonly unknown[];

  it('leaves the same rows for a folded batch as for its changes one by one', async () => {
    const live = new RowWriter([table]);
    const beside = new RowWriter([table], (name) => liveTable(`${name}_one_by_one`));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 6 }),
        fc.array(change, { maxLength: 12 }),
        async (before, batch) => {
          await pool.query('truncate forgerun_read.things, forgerun_read.things_one_by_one');
          for (const one of before) {
            await writeTogether(pool, live.statements([one]).statements);
            await writeTogether(pool, beside.statements([one]).statements);
          }
          await writeTogether(pool, live.statements(batch).statements);
          for (const one of batch) await writeTogether(pool, beside.statements([one]).statements);
          expect(await rowsOf('forgerun_read.things')).toEqual(await rowsOf('forgerun_read.things_one_by_one'));
        },
      ),
      { numRuns: 60, examples: [[[], addedAndSet]] },
    );
  });

  it('writes a batch in as many statements as it has kinds of change', () => {
    const batch = Array.from({ length: 300 }, (_, n) => [
      ids.insert({ id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, n: 1 }),
      ids.update({ id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` }, { n: 2 }),
    ]).flat();
    const { statements, tables } = new RowWriter([ids]).statements(batch);
    expect(statements).toHaveLength(1);
    expect(tables).toEqual(['ids']);
  });

  it('enters a table by its key and reads no more of it, though the statistics call it empty', async () => {
    await pool.query('truncate forgerun_read.things, forgerun_read.ids');
    await pool.query('ANALYZE forgerun_read.things, forgerun_read.ids');
    const id = '00000000-0000-4000-8000-000000000001';
    const statements = [
      [table.update({ area: 'a', id: 1 }, { a: 1 })],
      [table.delete({ area: 'a', id: 1 })],
      [ids.update({ id }, { n: 2 })],
      [ids.delete({ id })],
    ].flatMap((changes) => new RowWriter([table, ids]).statements(changes).statements);
    expect(statements).toHaveLength(4);
    const client = await pool.connect();
    try {
      for (const { text, values } of statements) {
        await client.query(`PREPARE shown AS ${text}`);
        const { rows } = await client.query<Record<string, string>>(
          `EXPLAIN EXECUTE shown (${values.map(() => 'NULL').join()})`,
        );
        await client.query('DEALLOCATE shown');
        const plan = rows.map((row) => Object.values(row).join('')).join('\n');
        expect(plan).toMatch(/Index Cond: \(\w+ = ANY/);
        expect(plan).not.toMatch(/Nested Loop|Seq Scan/);
      }
    } finally {
      client.release();
    }
  });

  it('keeps instants to the millisecond, however far away', async () => {
    const at = 8_640_000_000_000_000;
    const row = { area: 'far', id: 1, a: 0, b: null, c: 0n, yes: true };
    await writeTogether(pool, new RowWriter([table]).statements([table.insert({ ...row, at })]).statements);
    await writeTogether(
      pool,
      new RowWriter([table]).statements([table.insert({ ...row, id: 2, at: 1_767_225_600_123 })]).statements,
    );
    const { rows } = await pool.query<{ ms: string }>(
      `select trunc(extract(epoch from at) * 1000)::text as ms from forgerun_read.things where area = 'far' order by id`,
    );
    expect(rows.map(({ ms }) => Number(ms))).toEqual([at, 1_767_225_600_123]);
  });

  it.each([
    ['a row without its key', { kind: 'delete', table, key: { area: 'x' } }],
    ['an update that changes the key', { kind: 'update', table, key: { area: 'x', id: 1 }, values: { id: 2 } }],
    ['a table that is not listed', ids.delete({ id: 'x' })],
  ] as readonly (readonly [string, RowChange])[])('refuses %s', (_what, bad) => {
    expect(() => new RowWriter([table]).statements([bad])).toThrow(TypeError);
  });

  it('appends to what a row holds, and makes the row where there is none', async () => {
    const lines = new Table('lines', ['id'], { id: uuid, text });
    const id = '018f0000-0000-7000-8000-000000000001';
    await pool.query('create table forgerun_read.lines (id uuid primary key, text text not null)');
    const writer = new RowWriter([lines]);
    for (const batch of [['a', 'b'], ['c']]) {
      const changes = batch.map((text) => lines.append({ id }, { text: `${text}\n` }));
      await writeTogether(pool, writer.statements(changes).statements);
    }
    const { rows } = await pool.query<{ text: string }>('select text from forgerun_read.lines');
    expect(rows).toEqual([{ text: 'a\nb\nc\n' }]);
    expect(() => writer.statements([lines.append({ id }, { text: 'd' }), lines.delete({ id })])).toThrow(TypeError);
  });
});
