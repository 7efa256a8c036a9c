import { afterEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { eventRow } from '../../../../test/support/event-row.js';
import { ForeignEvents } from '../foreign-events.js';
import { withoutNamespace } from '../stream-names.js';
import { type EventRow, EventRows } from './event-rows.js';
import { LogPages } from './log-pages.js';

const rows = new EventRows(withoutNamespace, new ForeignEvents(() => undefined));

/** A log with an event at every position that is not in a hole. */
class Table {
  readonly asked: string[] = [];
  broken = false;

  constructor(
    private readonly head: bigint,
    private readonly holes: readonly (readonly [first: bigint, last: bigint])[] = [],
  ) {}

  query({ name, values }: { readonly name: string; readonly values: readonly string[] }): Promise<{ rows: unknown[] }> {
    this.asked.push(`${name} ${values.join()}`);
    if (this.broken) return Promise.reject(new Error('the database is away'));
    const [after = 0n, upTo = this.head] = values.map(BigInt);
    const rows: EventRow[] = [];
    for (let position = after + 1n; position <= upTo && position <= this.head; position += 1n)
      if (!this.holes.some(([first, last]) => position >= first && position <= last)) rows.push(eventRow(position));
    return Promise.resolve({ rows: name === 'end-of-hole' ? rows.slice(0, 1) : rows });
  }
}

describe('pages of the log', () => {
  let pages: LogPages;
  let table: Table;
  const open = (head: bigint, holes: readonly (readonly [bigint, bigint])[] = []): void => {
    table = new Table(head, holes);
    pages = new LogPages(table as unknown as pg.Pool, rows);
  };
  const read = async (position: bigint): Promise<{ from: bigint | undefined; count: number; upTo: bigint }> => {
    const { events, upTo } = await pages.after(position, 100_000n);
    return { from: events[0]?.position, count: events.length, upTo };
  };
  afterEach(() => {
    pages.close();
  });

  it('are read once for all who are behind, wherever in a page they are', async () => {
    open(100_000n);
    // Small events make the first pages larger and larger.
    for (let position = 0n; position < 10_000n;) ({ upTo: position } = await read(position));
    const before = table.asked.length;
    const [one, other] = await Promise.all([read(20_000n), read(20_000n)]);
    expect(other).toEqual(one);
    expect((await read(20_040n)).from).toBe(20_041n);
    expect(table.asked).toHaveLength(before + 1);
    await read(one.upTo);
    expect(table.asked).toHaveLength(before + 2);
  });

  it('lead everybody through the whole log without a gap', async () => {
    open(5_000n, [[1_200n, 1_250n]]);
    for (const start of [0n, 7n, 999n]) {
      const seen: bigint[] = [];
      for (let position = start; position < 5_000n;) {
        const { events, upTo } = await pages.after(position, 5_000n);
        for (const each of events) seen.push(each.position);
        position = upTo;
      }
      const all = Array.from({ length: Number(5_000n - start) }, (_, index) => start + 1n + BigInt(index));
      expect(seen).toEqual(all.filter((position) => position < 1_200n || position > 1_250n));
    }
  });

  it('are not kept while the log still grows into them', async () => {
    open(100_000n);
    await pages.after(0n, 10n);
    expect(await pages.after(0n, 20n)).toMatchObject({ upTo: 20n });
    expect(table.asked).toEqual(['log-page 0,10', 'log-page 0,20']);
  });

  it('are asked for again when the database was away', async () => {
    open(100_000n);
    table.broken = true;
    await expect(read(0n)).rejects.toThrow('the database is away');
    table.broken = false;
    expect((await read(0n)).from).toBe(1n);
  });

  it('lead over what was deleted in one step', async () => {
    open(100_000n, [[1n, 90_000n]]);
    expect(await read(0n)).toEqual({ from: undefined, count: 0, upTo: 90_000n });
  });
});
