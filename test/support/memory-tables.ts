import { type Cell, type RowChange, type TableShape } from '../../src/kernel/row-change.js';
import { type Columns, memberOf, type Row, type Table } from '../../src/kernel/table.js';

type Cells = Record<string, Cell>;

/** Read models in memory, changed one by one as their projections say: what the row writer's statements come to. */
export class MemoryTables {
  readonly #tables = new Map<string, Map<string, Cells>>();

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) this.#apply(change);
  }

  /** In the order of their keys. */
  rows<Declared extends Columns>(table: Table<Declared>): Row<Declared>[] {
    const rows = [...this.#of(table)].sort(([one], [other]) => (one < other ? -1 : 1));
    return rows.map(([, cells]) => rowFrom(table, cells) as Row<Declared>);
  }

  #apply(change: RowChange): void {
    const rows = this.#of(change.table);
    if (change.kind === 'insert') {
      rows.set(keyOf(change.table, change.values), { ...change.values });
      return;
    }
    const key = keyOf(change.table, change.key);
    const row = rows.get(key);
    switch (change.kind) {
      case 'delete':
        rows.delete(key);
        return;
      case 'update':
        if (row !== undefined) Object.assign(row, change.values);
        return;
      case 'add': {
        const added = row ?? { ...initialOf(change.table), ...change.key };
        for (const [name, delta] of Object.entries(change.deltas)) added[name] = Number(added[name] ?? 0) + delta;
        rows.set(key, added);
        return;
      }
      case 'append': {
        const appended = row ?? { ...change.key };
        for (const [name, text] of Object.entries(change.texts))
          appended[name] = `${String(appended[name] ?? '')}${text}`;
        rows.set(key, appended);
      }
    }
  }

  #of({ name }: TableShape): Map<string, Cells> {
    const rows = this.#tables.get(name) ?? new Map<string, Cells>();
    this.#tables.set(name, rows);
    return rows;
  }
}

const keyOf = ({ key }: TableShape, cells: Readonly<Cells>): string =>
  JSON.stringify(key.map((name) => String(cells[name] ?? '')));

const initialOf = ({ columns }: TableShape): Cells =>
  Object.fromEntries(
    Object.entries(columns).flatMap(([name, { initial }]) => (initial === undefined ? [] : [[name, initial]])),
  );

const rowFrom = ({ columns }: TableShape, cells: Readonly<Cells>): object =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { isJson }]) => {
      const cell = cells[name] ?? null;
      return [memberOf(name), isJson && typeof cell === 'string' ? (JSON.parse(cell) as unknown) : cell];
    }),
  );
