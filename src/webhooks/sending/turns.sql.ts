/** The clients in a table, as ids sort: those after the last one that had its turn, then all up to it, and nulls at the ends. */
export const clientsInTurn = (table: string, where: string, after: string): string => `
  later (client_id) as (
    (select client_id from ${table} where ${where} and client_id > ${after} order by client_id limit 1)
    union all
    select (select d.client_id from ${table} d where ${where} and d.client_id > l.client_id order by d.client_id limit 1)
      from later l where l.client_id is not null
  ), earlier (client_id) as (
    (select client_id from ${table} where ${where} and client_id <= ${after} order by client_id limit 1)
    union all
    select (select d.client_id from ${table} d
             where ${where} and d.client_id > e.client_id and d.client_id <= ${after} order by d.client_id limit 1)
      from earlier e where e.client_id is not null
  ), clients (client_id) as (select client_id from later union all select client_id from earlier)`;
