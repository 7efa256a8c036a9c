import { type Pool } from 'pg';
import { type ProjectionProgress } from '../../engine/projector/projection-progress.js';
import { ReadModelBehind } from '../../engine/projector/read-gate.js';
import type { Position } from '../../kernel/recorded.js';
import { inTransaction } from '../../platform/postgres/in-transaction.js';
import { TooManyCreates, TooManyWebhooks } from '../domain/webhook.refusals.js';
import { type WebhookTable } from '../queries/webhook-table.js';

const maxWebhooks = 200;
/** Of one client in this process; each waits for the one before it. */
const maxWaiting = 64;
/** A connection that says nothing in a transaction for longer is ended by the database. */
const maxWaitMs = 3_000;

/**
 * Holds a client to its number of webhooks, however many are created at once and on however many nodes: they are created one
 * after the other, each after the read model has seen the one before it.
 */
export class WebhookCount {
  /** The last create of each client that is under way here: others wait without a connection. */
  readonly #last = new Map<string, { count: number; end: Promise<unknown> }>();

  constructor(
    private readonly pool: Pool,
    private readonly progress: ProjectionProgress,
    private readonly head: () => Promise<Position | null>,
    private readonly table: WebhookTable,
  ) {}

  /** Throws `TooManyWebhooks`, or a refusal that passes where that is not sure in time. */
  async within<Answer>(clientId: string, create: () => Promise<Answer>): Promise<Answer> {
    const line = this.#last.get(clientId) ?? { count: 0, end: Promise.resolve() };
    if (line.count >= maxWaiting) throw new TooManyCreates();
    this.#last.set(clientId, line);
    line.count += 1;
    const turn = line.end.then(() => this.#counted(clientId, create));
    // Whoever comes next only waits for its end; how it ended is told to its own caller, below.
    line.end = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.count -= 1;
      if (line.count === 0) this.#last.delete(clientId);
    }
  }

  async #counted<Answer>(clientId: string, create: () => Promise<Answer>): Promise<Answer> {
    return await inTransaction(this.pool, async (client) => {
      await client.query(`set local lock_timeout = ${maxWaitMs}`);
      await client.query("select pg_advisory_xact_lock(hashtextextended('webhooks of ' || $1, 0))", [clientId]);
      // Asked for behind the lock, so that what its last holder created lies before it.
      const head = await this.head();
      if (head !== null && !(await this.progress.waitFor('webhooks', head, maxWaitMs)))
        throw new ReadModelBehind('webhooks');
      if ((await this.table.count(clientId, client)) >= maxWebhooks) throw new TooManyWebhooks(maxWebhooks);
      return await create();
    });
  }
}
