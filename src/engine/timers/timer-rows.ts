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
import { takeSql } from './take-timers.sql.js';
import { type Timer } from './timer.js';

/** A timer that is due, as its row says. */
export interface DueTimer {
  readonly timerId: string;
  readonly clientId: string;
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

interface DueRow {
  timer_id: string;
  client_id: string;
  saga: string;
  subject: string;
  command_type: string;
  command_schema: number;
  command: string;
  cause: string;
  tries: number;
}

/** At least one, which has the times and no timer where none is due. */
export interface TakenRow extends Omit<DueRow, 'timer_id'> {
  taken_at: string;
  next_due_at: string | null;
  timer_id: string | null;
  /** Whether it is of its client's share, and not of what the shares left. */
  is_turn: boolean | null;
}

export const isDue = (row: TakenRow): row is TakenRow & DueRow => row.timer_id !== null;

/** Stores timers; one that is there already is replaced. */
export const armStatement = (saga: string, timers: readonly Timer[]): Statement =>
  statement(
    `insert into forgerun_engine.timers
       (saga, timer_id, client_id, subject, due_at, command_id, command_type, command_schema, command, cause, position)
     select $1, unnest($2::uuid[]), unnest($10::uuid[]), unnest($3::text[]), unnest($4::timestamptz[]),
       unnest($5::uuid[]), unnest($6::text[]), unnest($11::integer[]), unnest($7::text[]), unnest($8::text[]),
       unnest($9::numeric[])
     on conflict (timer_id) do update set client_id = excluded.client_id, due_at = excluded.due_at, command_id = excluded.command_id,
       command_type = excluded.command_type, command_schema = excluded.command_schema, command = excluded.command,
       cause = excluded.cause, position = excluded.position, tries = 0`,
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
      uuidArray(timers.map(({ clientId }) => clientId)),
      int4Array(timers.map(({ command }) => command.schema)),
    ],
  );

export const readStatement = (timerIds: readonly string[]): Statement =>
  statement(
    `select command_type, command_schema, command, cause from forgerun_engine.timers where timer_id = any ($1::uuid[])`,
    [uuidArray(timerIds)],
  );

export const dropStatement = (timerIds: readonly string[]): Statement =>
  statement(`delete from forgerun_engine.timers where timer_id = any ($1::uuid[])`, [uuidArray(timerIds)]);

/** Whose timers are wanted, where more are due than a batch holds. */
export interface TimerTurns {
  /** The clients after this one come first. */
  readonly afterClient: string;
  /** These get nothing. */
  readonly without: readonly string[];
}

/** However many clients wait, each gets so many of a batch. */
const leastShare = 10;

export const takeStatement = (limit: number, { afterClient, without }: TimerTurns): Statement =>
  statement(takeSql, [limit, afterClient, leastShare, uuidArray(without)]);

export const moveStatement = (timers: readonly MovedTimer[]): Statement =>
  statement(
    `update forgerun_engine.timers as t set due_at = u.due_at, tries = u.tries
       from (select unnest($1::uuid[]) as id, unnest($2::timestamptz[]) as due_at, unnest($3::integer[]) as tries) as u
      where t.timer_id = any ($1::uuid[]) and t.timer_id = u.id`,
    [
      uuidArray(timers.map(({ timerId }) => timerId)),
      timestamptzArray(timers.map(({ dueAt }) => dueAt)),
      int4Array(timers.map(({ tries }) => tries)),
    ],
  );

/** The columns that hold a timer's command. */
export type CommandColumns = Pick<DueRow, 'command_type' | 'command_schema' | 'command'>;

export const asStored = (row: CommandColumns): StoredCommand => ({
  type: row.command_type,
  schema: row.command_schema,
  fields: row.command,
});

export const asDue = (row: DueRow): DueTimer => ({
  timerId: row.timer_id,
  clientId: row.client_id,
  saga: row.saga,
  subject: row.subject,
  command: asStored(row),
  cause: JSON.parse(row.cause) as Cause,
  tries: row.tries,
});
