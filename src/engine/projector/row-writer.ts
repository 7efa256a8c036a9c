import { type Cell, type RowChange, type TableShape } from '../../kernel/row-change.js';
import { statement, type Statement } from '../followers/statement.js';
import { column } from './cells.js';
import { type RowWork, TableChanges } from './table-changes.js';
import { addSql, appendSql, deleteSql, insertSql, updateSql } from './row-sql.js';

/** Where a projection's table really lies; a rebuild writes beside the live one. */
export type PlaceOf = (table: string) => string;

export const liveTable: PlaceOf = (table) => `forgerun_read.${table}`;

type Row = readonly (Cell | undefined)[];

/** The changes of a batch, folded per table and row. */
class Folding {
  readonly #changes: ReadonlyMap<string, TableChanges>;

  constructor(tables: readonly TableShape[]) {
    this.#changes = new Map(tables.map((table) => [table.name, new TableChanges(table)]));
  }

  add(change: RowChange): void {
    const table = this.#changes.get(change.table.name);
    if (table === undefined)
      throw new TypeError(`a change to ${change.table.name}, which the projection does not list`);
    table.add(change);
  }

  work(): { readonly table: TableShape; readonly rows: readonly RowWork[] }[] {
    return [...this.#changes.values()]
      .map((one) => ({ table: one.table, rows: one.rows() }))
      .filter(({ rows }) => rows.length > 0);
  }

  touched(): string[] {
    return [...this.#changes.values()].filter(({ isEmpty }) => !isEmpty).map(({ table }) => table.name);
  }
}

/** Turns row changes into a few multi-row statements, always in the same order. */
export class RowWriter {
  constructor(
    private readonly tables: readonly TableShape[],
    private readonly placeOf: PlaceOf = liveTable,
  ) {}

  statements(changes: readonly RowChange[]): { readonly statements: readonly Statement[]; readonly tables: string[] } {
    const folded = this.folding();
    for (const change of changes) folded.add(change);
    return { statements: [...this.written(folded)], tables: folded.touched() };
  }

  /** For folding a batch bit by bit. */
  folding(): Folding {
    return new Folding(this.tables);
  }

  /** The statements one by one, because making one out of thousands of rows takes a while. */
  *written(folding: Folding): Generator<Statement, void, undefined> {
    for (const { table, rows } of folding.work()) yield* this.#write(table, rows);
  }

  #write(table: TableShape, rows: readonly RowWork[]): readonly Statement[] {
    const place = this.placeOf(table.name);
    const columns = Object.keys(table.columns);
    const gone = rows.filter((row) => row.gone).map(({ key }) => key);
    const replaced = rows.flatMap(({ replaced: values }) =>
      values === null ? [] : [columns.map((name) => values[name])],
    );
    return [
      ...this.#multiRow(table, table.key, gone, deleteSql(place, table)),
      ...this.#multiRow(table, columns, replaced, insertSql(place, table)),
      ...this.#bySignature(
        table,
        rows,
        ({ before }) => before,
        (names) => updateSql(place, table, names),
      ),
      ...this.#bySignature(
        table,
        rows,
        ({ deltas }) => deltas,
        (names) => addSql(place, table, names),
      ),
      ...this.#bySignature(
        table,
        rows,
        ({ after }) => after,
        (names) => updateSql(place, table, names),
      ),
      ...this.#bySignature(
        table,
        rows,
        ({ texts }) => texts,
        (names) => appendSql(place, table, names),
      ),
    ];
  }

  /** Rows that set the same columns go into one statement. */
  #bySignature(
    table: TableShape,
    rows: readonly RowWork[],
    valuesOf: (row: RowWork) => Readonly<Record<string, Cell>> | null,
    sql: (names: readonly string[]) => string,
  ): readonly Statement[] {
    const groups = new Map<string, { names: readonly string[]; rows: Row[] }>();
    // Columns that are set in another order are the same columns: each order is sorted once.
    const known = new Map<string, { names: readonly string[]; rows: Row[] }>();
    for (const row of rows) {
      const values = valuesOf(row);
      if (values === null) continue;
      const asSet = Object.keys(values);
      const order = asSet.join();
      let group = known.get(order);
      if (group === undefined) {
        const names = asSet.sort();
        const signature = names.join();
        group = groups.get(signature) ?? { names, rows: [] };
        groups.set(signature, group);
        known.set(order, group);
      }
      const cells: (Cell | undefined)[] = [...row.key];
      for (const name of group.names) cells.push(values[name]);
      group.rows.push(cells);
    }
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, group]) => this.#multiRow(table, [...table.key, ...group.names], group.rows, sql(group.names)));
  }

  #multiRow(table: TableShape, names: readonly string[], rows: readonly Row[], text: string): readonly Statement[] {
    if (rows.length === 0) return [];
    const values = names.map((name, index) =>
      column(
        table,
        name,
        rows.map((row) => row[index]),
      ),
    );
    return [statement(text, values)];
  }
}
