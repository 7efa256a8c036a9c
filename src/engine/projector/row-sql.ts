import { type TableShape } from '../../kernel/projection.js';
import { rowsOfArrays } from '../../platform/postgres/array-rows.js';

/** Rows of these columns: one array each, in the order given. */
const rows = (table: TableShape, names: readonly string[]): string =>
  rowsOfArrays(names.map((name) => ({ name, type: table.columns[name] ?? 'text' })));

/** The first column is said twice, so that the table is entered by its key and only then joined: see `openFollowerPool`. */
const sameKey = (table: TableShape): string =>
  [named(table), ...table.key.map((name) => `t."${name}" = u."${name}"`)].join(' AND ');

function named(table: TableShape): string {
  const [first = ''] = table.key;
  return `t."${first}" = ANY ($1::${table.columns[first] ?? 'text'}[])`;
}

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Creates rows or replaces them whole. */
export function insertSql(place: string, table: TableShape): string {
  const names = Object.keys(table.columns);
  const others = names.filter((name) => !table.key.includes(name));
  const conflict =
    others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`;
  return `INSERT INTO ${place} (${list(names)}) ${rows(table, names)} ON CONFLICT (${list(table.key)}) DO ${conflict}`;
}

export function updateSql(place: string, table: TableShape, names: readonly string[]): string {
  const sets = names.map((name) => `"${name}" = u."${name}"`).join(', ');
  const values = rows(table, [...table.key, ...names]);
  return `UPDATE ${place} AS t SET ${sets} FROM (${values}) AS u WHERE ${sameKey(table)}`;
}

export function addSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const conflict =
    names.length === 0
      ? 'NOTHING'
      : `UPDATE SET ${names.map((name) => `"${name}" = coalesce(t."${name}", 0) + excluded."${name}"`).join(', ')}`;
  return `INSERT INTO ${place} AS t (${list(all)}) ${rows(table, all)} ON CONFLICT (${list(table.key)}) DO ${conflict}`;
}

export function appendSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const sets = names.map((name) => `"${name}" = t."${name}" || excluded."${name}"`).join(', ');
  return `INSERT INTO ${place} AS t (${list(all)}) ${rows(table, all)} ON CONFLICT (${list(table.key)}) DO UPDATE SET ${sets}`;
}

export function deleteSql(place: string, table: TableShape): string {
  if (table.key.length > 1)
    return `DELETE FROM ${place} AS t USING (${rows(table, table.key)}) AS u WHERE ${sameKey(table)}`;
  if (table.isContended !== true) return `DELETE FROM ${place} AS t WHERE ${named(table)}`;
  const key = list(table.key);
  const free = `SELECT ${key} FROM ${place} AS t WHERE ${named(table)} FOR UPDATE SKIP LOCKED`;
  return `DELETE FROM ${place} WHERE ${key} = ANY (ARRAY(${free}))`;
}
