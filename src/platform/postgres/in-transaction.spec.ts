import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Pool } from 'pg';
import { inTransaction } from './in-transaction.js';

/** What was asked on a connection, each with the second in which it was. */
let asked: string[];
let released: unknown[];
let began: number;
const client = {
  query: (text: string) => {
    asked.push(`${text} ${Math.floor((performance.now() - began) / 1_000)}`);
    return Promise.resolve({ rows: [] });
  },
  release: (broken: unknown) => {
    released.push(broken);
  },
};
const pool = { connect: () => Promise.resolve(client) } as unknown as Pool;

beforeEach(() => {
  asked = [];
  released = [];
  jest.useFakeTimers();
  began = performance.now();
});
afterEach(() => {
  jest.useRealTimers();
});

const waited = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a transaction', () => {
  it('says now and then that it lives while what is done in it waits for something else, and nothing later', async () => {
    const done = inTransaction(pool, () => waited(5_000));
    await jest.advanceTimersByTimeAsync(60_000);
    await done;
    expect(asked).toEqual(['begin 0', 'select 1', 'select 3', 'select 4', 'commit 5']);
    expect(released).toEqual([false]);
  });

  it('is rolled back where what is done in it fails, and says nothing more', async () => {
    const done = inTransaction(pool, async () => {
      await waited(2_000);
      throw new Error('it broke');
    });
    const failed = expect(done).rejects.toThrow('it broke');
    await jest.advanceTimersByTimeAsync(60_000);
    await failed;
    expect(asked).toEqual(['begin 0', 'select 1', 'rollback 2']);
    expect(released).toEqual([false]);
  });
});
