import { type Pool, type PoolClient, type QueryResult } from 'pg';
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
  takeStatement,
} from './timer-rows.js';

const heard = (): void => undefined;

/** Due timers held by an open transaction: if this process dies, Postgres gives them back at once. */
export class TimerBatch {
  #held = true;

  private constructor(
    private readonly client: PoolClient,
    readonly timers: readonly DueTimer[],
    /** When the first timer after these is due; null: there is none. */
    readonly nextDueAt: Instant | null,
    /** The database's time at which these were due. */
    readonly takenAt: Instant,
  ) {}

  static async take(pool: Pool, limit: number): Promise<TimerBatch> {
    const client = await pool.connect();
    // A connection that breaks while commands are being sent is noticed when the batch is written.
    client.on('error', heard);
    try {
      const [, { rows }] = await together(
        sendTogether(client, () => [client.query('BEGIN'), client.query<TakenRow>(asQuery(takeStatement(limit)))]),
      );
      const [first] = rows;
      if (first === undefined) throw new Error('Postgres did not tell the time');
      const { taken_at, next_due_at } = first;
      const nextDueAt = next_due_at === null ? null : Number(next_due_at);
      return new TimerBatch(client, rows.filter(isDue).map(asDue), nextDueAt, Number(taken_at));
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
      await together(
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

const asQuery = ({ name, text, values }: Statement): { name: string; text: string; values: unknown[] } => ({
  name,
  text,
  values: [...values],
});

/** All answers, or the first error once all have been heard. */
async function together<Answers extends readonly Promise<QueryResult>[]>(
  answers: readonly [...Answers],
): Promise<{ [Index in keyof Answers]: Awaited<Answers[Index]> }> {
  await Promise.allSettled(answers);
  return Promise.all(answers);
}

function giveBack(client: PoolClient, broken: boolean): void {
  client.off('error', heard);
  client.release(broken);
}
