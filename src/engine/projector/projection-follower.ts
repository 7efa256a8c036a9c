import { clientOf } from '../../kernel/client-of.js';
import { type Projection } from '../../kernel/projection.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type Follower } from '../followers/follower.js';
import { statement, type Statement } from '../followers/statement.js';
import { progressChannel } from './progress-feed.js';
import { type KnownProgress } from './projection-progress.js';
import { liveTable, type PlaceOf, RowWriter } from './row-writer.js';
import { nextTurn } from '../../platform/async/next-turn.js';

interface ProjectionFollowerOptions {
  readonly progress: KnownProgress;
  /** Another name, and so another checkpoint, for a rebuild beside the live tables. */
  readonly name?: string;
  readonly placeOf?: PlaceOf;
  readonly maxBatch?: number;
  /** Whether other processes are notified of each step; they look once a second anyhow. */
  readonly announce?: boolean;
}

/** A large batch is folded in steps of about a millisecond: requests and leases have their turn in between. */
const eventsPerTurn = 250;

/** After so long without events nothing is left to gather: a reader sees the end of a burst at once. */
const quietMs = 30;

/** Lets a projection follow the log: its row changes are folded and written together with the checkpoint. */
export function projectionFollower(projection: Projection, options: ProjectionFollowerOptions): Follower {
  const { progress, name = projection.name, placeOf = liveTable, maxBatch = 10_000, announce = true } = options;
  const writer = new RowWriter(projection.tables, placeOf);
  const announcement = (position: Position): readonly Statement[] =>
    announce ? [statement(`select pg_notify('${progressChannel}', $1)`, [`${name}:${position.toString()}`])] : [];
  return {
    name,
    version: projection.version,
    categories: projection.categories,
    types: projection.types,
    lingerMs: projection.lingerMs,
    quietMs,
    maxBatch,
    async apply(events, position) {
      const folding = writer.folding();
      let sinceTurn = 0;
      for (const event of events) {
        for (const change of projection.apply(event)) folding.add(change);
        sinceTurn += 1;
        if (sinceTurn < eventsPerTurn) continue;
        sinceTurn = 0;
        await nextTurn();
      }
      const statements: Statement[] = [];
      for (const each of writer.written(folding)) {
        statements.push(each);
        if (events.length > eventsPerTurn) await nextTurn();
      }
      statements.push(...announcement(position));
      const tables = folding.touched();
      const clients = clientsOf(events);
      progress.writes(name, position);
      return {
        statements,
        committed: () => {
          progress.publish({ name, position, tables, ...(clients === null ? {} : { clients }) });
        },
      };
    },
    announcement,
    hasWaiters: () => progress.hasWaiters(name),
    reached(position) {
      progress.publish({ name, position, tables: [] });
    },
  };
}

/** Null where an event names none. */
function clientsOf(events: readonly Recorded[]): ReadonlySet<string> | null {
  const clients = new Set<string>();
  for (const event of events) {
    const clientId = clientOf(event);
    if (clientId === null) return null;
    clients.add(clientId);
  }
  return clients;
}
