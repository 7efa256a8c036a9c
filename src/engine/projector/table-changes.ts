import { type Cell, type RowChange, type TableShape } from '../../kernel/row-change.js';

type Values = Readonly<Record<string, Cell>>;

/**
 * All that a batch does to one row, in the order it is written: `gone` or `replaced`, else `before`; then `deltas`; then `after`.
 * An update before any add touches only a row that exists; an add makes sure the row exists for what comes after it.
 */
export interface RowWork {
  readonly key: readonly Cell[];
  gone: boolean;
  replaced: Record<string, Cell> | null;
  before: Record<string, Cell> | null;
  deltas: Record<string, number> | null;
  after: Record<string, Cell> | null;
  /** Stands alone. */
  texts: Record<string, string> | null;
}

/** Folds changes per row, so that a row is written once however many events of a batch touched it. */
export class TableChanges {
  readonly #rows = new Map<string, RowWork>();
  /** The row that was changed last: what events do comes in runs, to the same job or the same queue. */
  #latest: RowWork | null = null;

  constructor(readonly table: TableShape) {}

  add(change: RowChange): void {
    const work = this.#work(change.kind === 'insert' ? change.values : change.key);
    if (change.kind === 'append') {
      work.texts ??= {};
      for (const [column, text] of Object.entries(change.texts)) work.texts[column] = (work.texts[column] ?? '') + text;
      return;
    }
    if (work.texts !== null) throw new TypeError(`${this.table.name}: a row that is appended to takes no other change`);
    switch (change.kind) {
      case 'insert':
        clear(work);
        work.replaced = { ...change.values };
        return;
      case 'delete':
        clear(work);
        work.gone = true;
        return;
      case 'update':
        this.#refuseKeyChange(change.values);
        update(work, change.values);
        return;
      case 'add':
        addTo(work, change.deltas);
    }
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** In the order of their keys, which is the same for every writer: two of them never deadlock. */
  rows(): readonly RowWork[] {
    const names = [...this.#rows.keys()].sort();
    const rows: RowWork[] = [];
    for (const name of names) {
      const work = this.#rows.get(name);
      if (work !== undefined) rows.push(work);
    }
    return rows;
  }

  #work(values: Values): RowWork {
    if (this.#latest !== null && this.#isOf(this.#latest, values)) return this.#latest;
    const name = this.#nameOf(values);
    let work = this.#rows.get(name);
    if (work === undefined) {
      const key = this.table.key.map((column) => values[column] ?? null);
      work = { key, gone: false, replaced: null, before: null, deltas: null, after: null, texts: null };
      this.#rows.set(name, work);
    }
    this.#latest = work;
    return work;
  }

  #isOf({ key }: RowWork, values: Values): boolean {
    for (let place = 0; place < key.length; place += 1)
      if (values[this.table.key[place] ?? ''] !== key[place]) return false;
    return true;
  }

  /** Its key as one text. No text that Postgres takes holds the character that ends each part. */
  #nameOf(values: Values): string {
    let name = '';
    for (const column of this.table.key) {
      const cell = values[column];
      if (cell === undefined || cell === null) throw new TypeError(`${this.table.name}: a row without ${column}`);
      name += `${String(cell)}\u0000`;
    }
    return name;
  }

  #refuseKeyChange(values: Values): void {
    const column = this.table.key.find((name) => name in values);
    if (column !== undefined) throw new TypeError(`${this.table.name}: an update cannot change the key ${column}`);
  }
}

function clear(work: RowWork): void {
  work.gone = false;
  work.replaced = null;
  work.before = null;
  work.deltas = null;
  work.after = null;
}

function update(work: RowWork, values: Values): void {
  if (work.replaced !== null) Object.assign(work.replaced, values);
  else if (work.deltas !== null) work.after = set(work.after, values);
  else if (!work.gone) work.before = set(work.before, values);
}

const set = (known: Record<string, Cell> | null, values: Values): Record<string, Cell> =>
  known === null ? { ...values } : Object.assign(known, values);

function addTo(work: RowWork, deltas: Readonly<Record<string, number>>): void {
  const { replaced, after } = work;
  // Even an add of nothing creates the row.
  if (replaced === null) work.deltas ??= {};
  for (const [column, delta] of Object.entries(deltas)) {
    if (replaced !== null) replaced[column] = plus(replaced[column], delta);
    else if (after !== null && column in after) after[column] = plus(after[column], delta);
    else if (work.deltas !== null) work.deltas[column] = (work.deltas[column] ?? 0) + delta;
  }
}

function plus(cell: Cell | undefined, delta: number): Cell {
  if (typeof cell === 'bigint') return cell + BigInt(delta);
  if (typeof cell === 'number') return cell + delta;
  if (cell === null || cell === undefined) return delta;
  throw new TypeError(`cannot add to ${typeof cell}`);
}
