import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { v5 } from 'uuid';
import { derivedId } from '../../src/platform/ids/ids.js';
import {
  boolArray,
  int2Array,
  int4Array,
  int8Array,
  numericArray,
  textArray,
  timestamptzArray,
  uuidArray,
} from '../../src/platform/postgres/binary-array.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase({ empty: true });
  client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
}, 240_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** What Postgres understands an array to be, each element as text. */
async function understood(type: string, array: Buffer): Promise<(string | null)[]> {
  const { rows } = await client.query<{ value: string | null }>({
    text: `select u::text as value from unnest($1::${type}[]) with ordinality as x(u, n) order by n`,
    values: [array],
  });
  return rows.map(({ value }) => value);
}

const orNull = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.array(fc.option(arbitrary), { maxLength: 20 });
const asText = (values: readonly (number | bigint | boolean | null)[]) =>
  values.map((value) => (value === null ? null : value.toString()));

describe('an array in binary form', () => {
  it('says the same texts', async () => {
    const text = fc
      .string({ unit: 'binary' })
      .filter((each) => !each.includes('\u0000') && !/\p{Surrogate}/u.test(each));
    await fc.assert(
      fc.asyncProperty(orNull(text), async (values) => {
        expect(await understood('text', textArray(values))).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  it('says the same numbers, also those no double can hold', async () => {
    const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    await fc.assert(
      fc.asyncProperty(
        orNull(int8),
        orNull(fc.bigInt({ min: 0n, max: 2n ** 128n })),
        orNull(fc.integer()),
        orNull(fc.integer({ min: -32_768, max: 32_767 })),
        async (longs, numerics, ints, shorts) => {
          expect(await understood('int8', int8Array(longs))).toEqual(asText(longs));
          expect(await understood('numeric', numericArray(numerics))).toEqual(asText(numerics));
          expect(await understood('int4', int4Array(ints))).toEqual(asText(ints));
          expect(await understood('int2', int2Array(shorts))).toEqual(asText(shorts));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says the same ids, instants and truths', async () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(2400, 0, 1) });
    await client.query(`set timezone to 'UTC'`);
    await fc.assert(
      fc.asyncProperty(orNull(fc.uuid()), orNull(instant), orNull(fc.boolean()), async (ids, instants, truths) => {
        expect(await understood('uuid', uuidArray(ids))).toEqual(ids);
        const { rows } = await client.query<{ ms: string | null }>({
          text: `select round(extract(epoch from u) * 1000)::text as ms from unnest($1::timestamptz[]) with ordinality as x(u, n) order by n`,
          values: [timestamptzArray(instants)],
        });
        expect(rows.map(({ ms }) => ms)).toEqual(asText(instants));
        expect(await understood('bool', boolArray(truths))).toEqual(asText(truths));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a derived id', () => {
  it('is the UUIDv5 of its parts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.oneof(fc.string(), fc.integer())), (kind, parts) => {
        const namespace = 'c5b2f0a6-6f0e-5d0b-9d43-0a4a3f6f8f11';
        expect(derivedId(kind, ...parts)).toBe(v5(JSON.stringify([kind, ...parts]), namespace));
      }),
    );
  });
});
