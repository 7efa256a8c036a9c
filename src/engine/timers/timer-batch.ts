import { type Pool, type PoolClient } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { sendTogether } from '../../platform/postgres/send-together.js';
import { type Statement } from '../followers/statement.js';
import {
  asDue,
  dropStatement,
  type DueTimer,
  isDue,
  type MovedTimer,
  moveStatement,
  type TakenRow,
  type TimerTurns,
  takeStatement,
} from './timer-rows.js';
import { allOrFirstError } from '../../platform/async/all-or-first-error.js';

const onError = (): void => undefined;

/** Due timers held by an open transaction: if this process dies, Postgres gives them back at once. */
export class TimerBatch {
  #held = true;

  private constructor(
    private readonly client: PoolClient,
    readonly timers: readonly DueTimer[],
    /** The client whose turn was the last; null: no client had one. */
    readonly lastTurn: string | null,
    /** When the first timer after these is due; null: there is none. */
    readonly nextDueAt: Instant | null,
    /** The database's time at which these were due. */
    readonly takenAt: Instant,
  ) {}

  static async take(pool: Pool, limit: number, turns: TimerTurns): Promise<TimerBatch> {
    const client = await pool.connect();
    // A connection that breaks while commands are being sent is noticed when the batch is written.
    client.on('error', onError);
    try {
      const [, { rows }] = await allOrFirstError(
        sendTogether(client, () => [
          client.query('BEGIN'),
          client.query<TakenRow>(asQuery(takeStatement(limit, turns))),
        ]),
      );
      const [first] = rows;
      if (first === undefined) throw new Error('Postgres did not tell the time');
      const { taken_at, next_due_at } = first;
      const nextDueAt = next_due_at === null ? null : Number(next_due_at);
      const lastTurn = rows.findLast(({ is_turn }) => is_turn === true)?.client_id ?? null;
      const timers = inTurn(rows.filter(isDue).map(asDue));
      return new TimerBatch(client, timers, lastTurn, nextDueAt, Number(taken_at));
    } catch (error) {
      giveBack(client, true);
      throw error;
    }
  }

  /** Removes what is done, moves what is to come again, and lets go of the rest. */
  async finish(done: readonly string[], moved: readonly MovedTimer[]): Promise<void> {
    const statements: Statement[] = [];
    if (done.length > 0) statements.push(dropStatement(done));
    if (moved.length > 0) statements.push(moveStatement(moved));
    try {
      await allOrFirstError(
        sendTogether(this.client, () => [
          ...statements.map((one) => this.client.query(asQuery(one))),
          this.client.query('COMMIT'),
        ]),
      );
    } catch (error) {
      this.abandon();
      throw error;
    }
    this.#letGo(false);
  }

  /** Lets go of everything as it was. Repeatable, and harmless once the batch is finished. */
  abandon(): void {
    this.#letGo(true);
  }

  #letGo(broken: boolean): void {
    if (!this.#held) return;
    this.#held = false;
    giveBack(this.client, broken);
  }
}

/** The first of each client, then the second of each: none waits behind all that another has in the batch. */
function inTurn(timers: readonly DueTimer[]): readonly DueTimer[] {
  const places = new Map<string, number>();
  const placed = timers.map((timer) => {
    const place = places.get(timer.clientId) ?? 0;
    places.set(timer.clientId, place + 1);
    return { timer, place };
  });
  return placed.sort((one, other) => one.place - other.place).map(({ timer }) => timer);
}

const asQuery = ({ name, text, values }: Statement): { name: string; text: string; values: unknown[] } => ({
  name,
  text,
  values: [...values],
});

function giveBack(client: PoolClient, broken: boolean): void {
  client.off('error', onError);
  client.release(broken);
}
