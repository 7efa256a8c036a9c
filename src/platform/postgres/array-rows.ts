/**
 * `select unnest($1::uuid[]) as "job_id", unnest($2::text[]) as "state"`: one row per element of arrays that are equally
 * long, each array a parameter. In a select list the arrays are walked together, row by row; `from unnest($1, $2)`
 * writes each of them to a table of its own first, which costs a row about a microsecond.
 */
export const rowsOfArrays = (columns: readonly { readonly name: string; readonly type: string }[]): string =>
  `select ${columns.map(({ name, type }, index) => `unnest($${index + 1}::${type}[]) as "${name}"`).join(', ')}`;
