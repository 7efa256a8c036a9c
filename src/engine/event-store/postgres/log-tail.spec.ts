import { afterEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { eventRow, plainMetadata } from '../../../../test/support/event-row.js';
import { type Recorded } from '../../../kernel/recorded.js';
import { ForeignEvents } from '../foreign-events.js';
import { withoutNamespace } from '../stream-names.js';
import { EventRows } from './event-rows.js';
import { LogTail } from './log-tail.js';

const rows = new EventRows(withoutNamespace, new ForeignEvents(() => undefined));

const recorded = (position: number): Recorded => ({
  id: `id-${position}`,
  stream: `thing-${position}`,
  revision: 0,
  position: BigInt(position),
  metadata: plainMetadata,
  event: { type: 'Happened', data: {} },
});

/** A database that answers when the test says so. */
class HeldDatabase {
  readonly asked: { readonly name: string; readonly answer: (rows: readonly unknown[]) => void }[] = [];

  query({ name }: { readonly name: string }): Promise<{ rows: readonly unknown[] }> {
    return new Promise((resolve) => {
      this.asked.push({
        name,
        answer: (rows) => {
          resolve({ rows });
        },
      });
    });
  }

  async answer(name: string, rows: readonly unknown[]): Promise<void> {
    while (this.asked[0]?.name !== name) await new Promise((resolve) => setImmediate(resolve));
    this.asked.shift()?.answer(rows);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const flushed = (base: number, head: number) => {
  const events = Array.from({ length: head - base }, (_, index) => recorded(base + 1 + index));
  return { outcomes: [], events, sizes: events.map(() => 1), base: BigInt(base), head: BigInt(head) };
};

describe('the tail of the log', () => {
  let tail: LogTail;
  let database: HeldDatabase;
  const open = (): void => {
    database = new HeldDatabase();
    const options = { events: 100, characters: 10_000, pollMs: 60_000 };
    tail = new LogTail(database as unknown as pg.Pool, rows, 0n, options, (error) => {
      throw error;
    });
  };
  const positions = (): number[] => (tail.live.after(0n, 100)?.events ?? []).map(({ position }) => Number(position));
  afterEach(async () => {
    await tail.close();
  });

  it('takes its own events from memory while it looks at the table, and none of them twice', async () => {
    open();
    tail.enter();
    await database.answer('head', [['3']]);
    tail.accept(flushed(0, 4));
    expect(positions()).toEqual([1, 2, 3, 4]);
    await database.answer('tail', [1n, 2n, 3n, 4n].map(eventRow));
    expect(positions()).toEqual([1, 2, 3, 4]);
    expect(tail.live.through).toBe(4n);
  });

  it('waits for the table where the events of others lie in between', async () => {
    open();
    tail.enter();
    await database.answer('head', [['0']]);
    tail.accept(flushed(2, 4));
    expect(positions()).toEqual([]);
    await database.answer('head', [['4']]);
    await database.answer('tail', [1n, 2n, 3n, 4n].map(eventRow));
    expect(positions()).toEqual([1, 2, 3, 4]);
    tail.accept(flushed(4, 5));
    expect(positions()).toEqual([1, 2, 3, 4, 5]);
  });

  it('reads and keeps nothing while nobody reads', async () => {
    open();
    tail.lookForMore();
    tail.accept(flushed(0, 2));
    tail.accept(flushed(7, 9));
    expect(database.asked).toEqual([]);
    expect(tail.live.after(0n, 100)).toBeNull();
    const leave = tail.enter();
    await database.answer('head', [['9']]);
    tail.accept(flushed(9, 10));
    expect(tail.live.after(9n, 100)?.events.map(({ position }) => position)).toEqual([10n]);
    leave();
    tail.accept(flushed(10, 11));
    expect(tail.live.after(9n, 100)).toBeNull();
    expect(database.asked).toEqual([]);
  });

  it('stops in the middle of the table when its last reader leaves', async () => {
    open();
    const leave = tail.enter();
    await database.answer('head', [['500']]);
    leave();
    await database.answer(
      'tail',
      Array.from({ length: 100 }, (_, index) => eventRow(BigInt(index + 1))),
    );
    expect(database.asked).toEqual([]);
    expect(tail.live.through).toBe(500n);
  });
});
