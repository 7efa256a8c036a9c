import { type Instant } from '../../kernel/instant.js';
import { type Cause } from '../../kernel/message.js';
import {
  int4Array,
  numericArray,
  textArray,
  timestamptzArray,
  uuidArray,
} from '../../platform/postgres/binary-array.js';
import { statement, type Statement } from '../followers/statement.js';
import { type StoredCommand } from '../sagas/command-types.js';
import { type Timer } from './timer.js';

/** A timer that is due, as its row says. */
export interface DueTimer {
  readonly timerId: string;
  readonly saga: string;
  readonly subject: string;
  readonly command: StoredCommand;
  readonly cause: Cause;
  readonly tries: number;
}

/** A timer that stays, with its new time. */
export interface MovedTimer {
  readonly timerId: string;
  readonly dueAt: Instant;
  readonly tries: number;
}

export interface DueRow {
  timer_id: string;
  saga: string;
  subject: string;
  command_type: string;
  command: string;
  cause: string;
  tries: number;
}

/** At least one, which has the times and no timer where none is due. */
export interface TakenRow extends Omit<DueRow, 'timer_id'> {
  taken_at: string;
  next_due_at: string | null;
  timer_id: string | null;
}

export const isDue = (row: TakenRow): row is TakenRow & DueRow => row.timer_id !== null;

/** Stores timers; one that is there already is replaced. */
export const armStatement = (saga: string, timers: readonly Timer[]): Statement =>
  statement(
    `INSERT INTO forgerun_engine.timers
       (saga, timer_id, subject, due_at, command_id, command_type, command, cause, position)
     SELECT $1, unnest($2::uuid[]), unnest($3::text[]), unnest($4::timestamptz[]), unnest($5::uuid[]),
       unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::numeric[])
     ON CONFLICT (timer_id) DO UPDATE SET due_at = excluded.due_at, command_id = excluded.command_id,
       command_type = excluded.command_type, command = excluded.command, cause = excluded.cause,
       position = excluded.position, tries = 0`,
    [
      saga,
      uuidArray(timers.map(({ timerId }) => timerId)),
      textArray(timers.map(({ subject }) => subject)),
      timestamptzArray(timers.map(({ dueAt }) => dueAt)),
      uuidArray(timers.map(({ commandId }) => commandId)),
      textArray(timers.map(({ command }) => command.type)),
      textArray(timers.map(({ command }) => command.fields)),
      textArray(timers.map(({ cause }) => JSON.stringify(cause))),
      numericArray(timers.map(({ position }) => position)),
    ],
  );

export const readStatement = (timerIds: readonly string[]): Statement =>
  statement(`SELECT command_type, command, cause FROM forgerun_engine.timers WHERE timer_id = ANY ($1::uuid[])`, [
    uuidArray(timerIds),
  ]);

export const dropStatement = (timerIds: readonly string[]): Statement =>
  statement(`DELETE FROM forgerun_engine.timers WHERE timer_id = ANY ($1::uuid[])`, [uuidArray(timerIds)]);

/**
 * Takes due timers for the length of the transaction; those another runner holds are left to it. The database's clock
 * says what is due, at this moment: no node's idea of it makes a timer early, however far one of them is out.
 */
export const takeStatement = (limit: number): Statement =>
  statement(
    `WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now), due AS MATERIALIZED (
       SELECT timer_id, saga, subject, due_at, command_type, command, cause, tries FROM forgerun_engine.timers
        WHERE due_at <= (SELECT now FROM moment) ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
     )
     SELECT trunc(extract(epoch FROM (SELECT now FROM moment)) * 1000)::text AS taken_at,
       (SELECT trunc(extract(epoch FROM min(due_at)) * 1000)::text FROM forgerun_engine.timers
         WHERE due_at > (SELECT now FROM moment)) AS next_due_at,
       timer_id, saga, subject, command_type, command, cause, tries
       FROM (SELECT 1) AS one LEFT JOIN due ON true ORDER BY due_at`,
    [limit],
  );

export const moveStatement = (timers: readonly MovedTimer[]): Statement =>
  statement(
    `UPDATE forgerun_engine.timers AS t SET due_at = u.due_at, tries = u.tries
       FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::timestamptz[]) AS due_at, unnest($3::integer[]) AS tries) AS u
      WHERE t.timer_id = ANY ($1::uuid[]) AND t.timer_id = u.id`,
    [
      uuidArray(timers.map(({ timerId }) => timerId)),
      timestamptzArray(timers.map(({ dueAt }) => dueAt)),
      int4Array(timers.map(({ tries }) => tries)),
    ],
  );

export const asDue = (row: DueRow): DueTimer => ({
  timerId: row.timer_id,
  saga: row.saga,
  subject: row.subject,
  command: { type: row.command_type, fields: row.command },
  cause: JSON.parse(row.cause) as Cause,
  tries: row.tries,
});
