import { type TableShape } from '../../kernel/row-change.js';
import { rowsOfArrays } from '../../platform/postgres/array-rows.js';

/** Rows of these columns: one array each, in the order given. */
const rows = (table: TableShape, names: readonly string[]): string =>
  rowsOfArrays(names.map((name) => ({ name, type: table.columns[name]?.type ?? 'text' })));

/** The first column is said twice, so that the table is entered by its key and only then joined: see `openFollowerPool`. */
const sameKey = (table: TableShape): string =>
  [named(table), ...table.key.map((name) => `t."${name}" = u."${name}"`)].join(' AND ');

function named(table: TableShape): string {
  const [first = ''] = table.key;
  return `t."${first}" = ANY ($1::${table.columns[first]?.type ?? 'text'}[])`;
}

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Creates rows or replaces them whole. */
export function insertSql(place: string, table: TableShape): string {
  const names = Object.keys(table.columns);
  const others = names.filter((name) => !table.key.includes(name));
  const conflict =
    others.length === 0 ? 'NOTHING' : `update set ${others.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`;
  return `insert into ${place} (${list(names)}) ${rows(table, names)} on conflict (${list(table.key)}) do ${conflict}`;
}

export function updateSql(place: string, table: TableShape, names: readonly string[]): string {
  const sets = names.map((name) => `"${name}" = u."${name}"`).join(', ');
  const values = rows(table, [...table.key, ...names]);
  return `update ${place} as t set ${sets} from (${values}) as u where ${sameKey(table)}`;
}

export function addSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const conflict =
    names.length === 0
      ? 'NOTHING'
      : `update set ${names.map((name) => `"${name}" = coalesce(t."${name}", 0) + excluded."${name}"`).join(', ')}`;
  return `insert into ${place} as t (${list(all)}) ${rows(table, all)} on conflict (${list(table.key)}) do ${conflict}`;
}

export function appendSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const sets = names.map((name) => `"${name}" = t."${name}" || excluded."${name}"`).join(', ');
  return `insert into ${place} as t (${list(all)}) ${rows(table, all)} on conflict (${list(table.key)}) do update set ${sets}`;
}

export function deleteSql(place: string, table: TableShape): string {
  if (table.key.length > 1)
    return `delete from ${place} as t using (${rows(table, table.key)}) as u where ${sameKey(table)}`;
  if (!table.isContended) return `delete from ${place} as t where ${named(table)}`;
  const key = list(table.key);
  const free = `select ${key} from ${place} as t where ${named(table)} for update skip locked`;
  return `delete from ${place} where ${key} = any (array(${free}))`;
}
