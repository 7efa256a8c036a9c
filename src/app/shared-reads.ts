import { Refusal } from '../kernel/refusal.js';
import { FairGate } from '../platform/async/fair-gate.js';

class TooManyReads extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor() {
    super('Too many reads are waiting for the database at this node.');
  }
}

/** What carries queries to their handlers. */
export interface Queries {
  execute(query: object): Promise<unknown>;
}

/** As many as there are connections for reading, so that none waits for a connection behind those of another client. */
const readsAtOnce = 10;
/** For lists and reports there are as many more. */
const listsAtOnce = 5;
/**
 * A long page takes the one thread that all share for some milliseconds, and so does each step of making it: with several of
 * one client in hand, what another asks for waits for all of them at each of its own steps. One engine makes no more of
 * them in a second for having several in hand.
 */
const listsAtOncePerClient = 1;
const maxWaiting = 2_000;

/**
 * Shares the connections that queries are answered with between the clients that ask: a client whose queries take long
 * waits for its own. Queries that name no client do not wait, and neither do those that have turns of their own.
 */
export function shareReads(queries: Queries): void {
  const execute = queries.execute.bind(queries);
  const reads = new FairGate({ atOnce: readsAtOnce, maxWaiting });
  const lists = new FairGate({ atOnce: listsAtOnce, atOncePerClient: listsAtOncePerClient, maxWaiting });
  queries.execute = (query) => {
    const { clientId, turns, filter } = query as Asked;
    const client = clientId ?? filter?.clientId;
    if (client === undefined || turns === 'its own') return execute(query);
    const gate = turns === 'lists' ? lists : reads;
    return gate.run(
      client,
      () => execute(query),
      () => new TooManyReads(),
    );
  };
}

/** What a query may say about itself. */
interface Asked {
  readonly clientId?: string;
  readonly filter?: { readonly clientId?: string };
  readonly turns?: 'lists' | 'its own';
}
