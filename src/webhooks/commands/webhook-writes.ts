import { type ClientBase, type Pool } from 'pg';
import { type ProjectionProgress } from '../../engine/projector/projection-progress.js';
import { ReadModelBehind } from '../../engine/projector/read-consistency.js';
import { type Position } from '../../kernel/recorded.js';
import { inTransaction } from '../../platform/postgres/in-transaction.js';
import { TooManyWebhooks, TooManyWebhookWrites } from '../domain/webhook.refusals.js';
import { type WebhookTable } from '../queries/webhook-table.js';

const maxWebhooks = 200;
/** Of one client in this process; each waits for the one before it. */
const maxWaiting = 64;
/** For its turn, and in it for the read model: others wait for theirs meanwhile. */
const maxWaitMs = 3_000;

/** What is done in a turn. It reads on the connection that holds the turn: one that took a second could wait for itself. */
type Write<Answer> = (on: ClientBase) => Promise<Answer>;

/**
 * Creates and changes webhooks of a client one after the other, however many are asked for at once and on however many nodes,
 * each after the read model has seen the one before it. So a client is held to its number of webhooks, and to one of each.
 */
export class WebhookWrites {
  /** The last write of each client that is under way here: others wait without a connection. */
  readonly #last = new Map<string, { count: number; end: Promise<unknown> }>();

  constructor(
    private readonly pool: Pool,
    private readonly progress: ProjectionProgress,
    private readonly head: () => Promise<Position | null>,
    private readonly table: WebhookTable,
  ) {}

  /** Throws `TooManyWebhooks`, or a refusal that passes where that is not sure in time. */
  async create<Answer>(clientId: string, create: Write<Answer>): Promise<Answer> {
    return await this.change(clientId, async (on) => {
      if ((await this.table.count(clientId, on)) >= maxWebhooks) throw new TooManyWebhooks(maxWebhooks);
      return await create(on);
    });
  }

  /** Throws a refusal that passes where it is not sure in time that the read model has seen all before it. */
  async change<Answer>(clientId: string, change: Write<Answer>): Promise<Answer> {
    const line = this.#last.get(clientId) ?? { count: 0, end: Promise.resolve() };
    if (line.count >= maxWaiting) throw new TooManyWebhookWrites();
    this.#last.set(clientId, line);
    line.count += 1;
    const turn = line.end.then(() => this.#inTurn(clientId, change));
    // The next write only waits for its end; how it ended goes to its own caller, below.
    line.end = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.count -= 1;
      if (line.count === 0) this.#last.delete(clientId);
    }
  }

  async #inTurn<Answer>(clientId: string, write: Write<Answer>): Promise<Answer> {
    return await inTransaction(this.pool, async (client) => {
      await client.query(`set local lock_timeout = ${maxWaitMs}`);
      await client.query("select pg_advisory_xact_lock(hashtextextended('webhooks of ' || $1, 0))", [clientId]);
      // Asked for behind the lock, so that what its last holder wrote lies before it.
      const head = await this.head();
      if (head !== null && !(await this.progress.waitFor('webhooks', head, maxWaitMs)))
        throw new ReadModelBehind('webhooks');
      return await write(client);
    });
  }
}
