import { type Projection } from '../../kernel/projection.js';
import { type Follower } from '../followers/follower.js';
import { statement } from '../followers/statement.js';
import { progressChannel } from './progress-feed.js';
import { type KnownProgress } from './projection-progress.js';
import { liveTable, type PlaceOf, RowWriter } from './row-writer.js';

export interface ProjectionFollowerOptions {
  readonly progress: KnownProgress;
  /** Another name, and so another checkpoint, for a rebuild beside the live tables. */
  readonly name?: string;
  readonly placeOf?: PlaceOf;
  readonly maxBatch?: number;
  /** Whether other processes are told of each step; they look once a second anyhow. */
  readonly announce?: boolean;
}

/** Lets a projection follow the log: its row changes are folded and written together with the checkpoint. */
export function projectionFollower(projection: Projection, options: ProjectionFollowerOptions): Follower {
  const { progress, name = projection.name, placeOf = liveTable, maxBatch = 5000, announce = true } = options;
  const writer = new RowWriter(projection.tables, placeOf);
  return {
    name,
    version: projection.version,
    categories: projection.categories,
    types: projection.types,
    lingerMs: projection.lingerMs,
    maxBatch,
    apply(events, position) {
      const changes = events.flatMap((event) => projection.apply(event));
      const { statements, tables } = writer.statements(changes);
      const notice = announce
        ? [statement(`SELECT pg_notify('${progressChannel}', $1)`, [`${name}:${position.toString()}`])]
        : [];
      return {
        statements: [...statements, ...notice],
        committed: () => {
          progress.publish({ name, position, tables });
        },
      };
    },
    isWanted: () => progress.isWanted(name),
    reached(position) {
      progress.publish({ name, position, tables: [] });
    },
  };
}
