import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { type Command } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { type CommandTypes } from '../sagas/command-types.js';
import { type Statement } from '../followers/statement.js';
import { derivedId } from '../../platform/ids/ids.js';
import { timersChannel } from './timer-signal.js';
import { armStatement, asStored, type CommandColumns, readStatement } from './timer-rows.js';

/** A command that its sender, and no event, wants sent at an instant. */
export interface OwnTimer {
  readonly timerId: string;
  /** Who set it, where a saga would name itself. */
  readonly setBy: string;
  readonly clientId: string;
  readonly subject: string;
  readonly dueAt: Instant;
  readonly command: Command<TimerAnswer>;
}

/** Timers that handlers set themselves. */
export class TimerTable {
  constructor(
    private readonly pool: Pool,
    private readonly types: CommandTypes,
  ) {}

  /** Sets a timer; one with the same id is replaced. */
  async arm({ timerId, setBy, clientId, subject, dueAt, command }: OwnTimer): Promise<void> {
    // What is stored may be decided by several processes, each at its moment: its id says that it was not drawn for one of them.
    const cause = { ...command.cause, commandId: derivedId('command', 'timer', timerId, command.cause.commandId) };
    const stored = {
      timerId,
      clientId,
      subject,
      dueAt,
      commandId: cause.commandId,
      command: this.types.write(command),
      cause,
    };
    await this.#ask(armStatement(setBy, [{ ...stored, position: 0n }]));
    await this.#ask({
      name: 'notify-timers',
      text: `select pg_notify('${timersChannel}', $1)`,
      values: [String(dueAt)],
    });
  }

  /** The commands of those timers that are still set. */
  async read(timerIds: readonly string[]): Promise<readonly Command<TimerAnswer>[]> {
    const rows = await this.#ask<CommandColumns & { readonly cause: string }>(readStatement(timerIds));
    return rows.map(({ cause, ...columns }) =>
      this.types.read(asStored(columns)).because(JSON.parse(cause) as Command['cause']),
    );
  }

  async #ask<Row extends object>({ name, text, values }: Statement): Promise<readonly Row[]> {
    return (await this.pool.query<Row>({ name, text, values: [...values] })).rows;
  }
}
