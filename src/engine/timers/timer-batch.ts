import { type Pool, type PoolClient, type QueryResult } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { sendTogether } from '../../platform/postgres/send-together.js';
import { type Statement } from '../followers/statement.js';
import {
  asDue,
  dropStatement,
  type DueRow,
  type DueTimer,
  type MovedTimer,
  moveStatement,
  type NextRow,
  nextStatement,
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
  ) {}

  static async take(pool: Pool, now: Instant, limit: number): Promise<TimerBatch> {
    const client = await pool.connect();
    // A connection that breaks while commands are being sent is noticed when the batch is written.
    client.on('error', heard);
    try {
      const [, due, next] = await together(
        sendTogether(client, () => [
          client.query('BEGIN'),
          client.query<DueRow>(asQuery(takeStatement(now, limit))),
          client.query<NextRow>(asQuery(nextStatement(now))),
        ]),
      );
      const nextDueAt = next.rows[0]?.due_at ?? null;
      return new TimerBatch(client, due.rows.map(asDue), nextDueAt === null ? null : Number(nextDueAt));
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
