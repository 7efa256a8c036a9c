import { type TableShape } from '../../kernel/projection.js';

/** `$1::text[], $2::bigint[]`: one array per column, in the order given. */
const arrays = (table: TableShape, names: readonly string[]): string =>
  names.map((name, index) => `$${index + 1}::${table.columns[name] ?? 'text'}[]`).join(', ');

const sameKey = (table: TableShape): string => table.key.map((name) => `t."${name}" = u."${name}"`).join(' AND ');

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Creates rows or replaces them whole. */
export function insertSql(place: string, table: TableShape): string {
  const names = Object.keys(table.columns);
  const others = names.filter((name) => !table.key.includes(name));
  const conflict =
    others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`;
  return `INSERT INTO ${place} (${list(names)}) SELECT * FROM unnest(${arrays(table, names)}) ON CONFLICT (${list(table.key)}) DO ${conflict}`;
}

export function updateSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const sets = names.map((name) => `"${name}" = u."${name}"`).join(', ');
  return `UPDATE ${place} AS t SET ${sets} FROM unnest(${arrays(table, all)}) AS u (${list(all)}) WHERE ${sameKey(table)}`;
}

export function addSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const conflict =
    names.length === 0
      ? 'NOTHING'
      : `UPDATE SET ${names.map((name) => `"${name}" = coalesce(t."${name}", 0) + excluded."${name}"`).join(', ')}`;
  return `INSERT INTO ${place} AS t (${list(all)}) SELECT * FROM unnest(${arrays(table, all)}) ON CONFLICT (${list(table.key)}) DO ${conflict}`;
}

export function appendSql(place: string, table: TableShape, names: readonly string[]): string {
  const all = [...table.key, ...names];
  const sets = names.map((name) => `"${name}" = t."${name}" || excluded."${name}"`).join(', ');
  return `INSERT INTO ${place} AS t (${list(all)}) SELECT * FROM unnest(${arrays(table, all)}) ON CONFLICT (${list(table.key)}) DO UPDATE SET ${sets}`;
}

export function deleteSql(place: string, table: TableShape): string {
  if (table.isContended === true) return deleteFreeSql(place, table);
  return `DELETE FROM ${place} AS t USING unnest(${arrays(table, table.key)}) AS u (${list(table.key)}) WHERE ${sameKey(table)}`;
}

function deleteFreeSql(place: string, table: TableShape): string {
  const keys = table.key.map((name) => `t."${name}"`).join(', ');
  const free = `SELECT ${keys} FROM ${place} AS t JOIN unnest(${arrays(table, table.key)}) AS u (${list(table.key)}) ON ${sameKey(table)} FOR UPDATE OF t SKIP LOCKED`;
  return `DELETE FROM ${place} AS t USING (${free}) AS u WHERE ${sameKey(table)}`;
}
