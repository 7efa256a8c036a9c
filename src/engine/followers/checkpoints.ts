import { type Pool } from 'pg';
import { type Position } from '../../kernel/recorded.js';
import { Superseded, VersionMismatch } from './failures.js';
import { statement, type Statement } from './statement.js';

/** How far a follower has come, and what its next writer must find unchanged. */
export interface Checkpoint {
  readonly name: string;
  readonly position: Position | null;
  readonly version: number;
  /** The term it is written in: a process that is elected later fences off those before it. */
  readonly epoch: bigint;
  readonly eventsApplied: bigint;
}

interface Row {
  name: string;
  position: string | null;
  version: number;
  epoch: string;
  events_applied: string;
}

const columns =
  'name, position::text AS position, version, epoch::text AS epoch, events_applied::text AS events_applied';

/** The table of checkpoints. */
export class Checkpoints {
  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  /** Starts a term: writers of earlier terms can no longer move the checkpoint. Throws `Superseded` in a later one. */
  async take(name: string, version: number, term: bigint): Promise<Checkpoint> {
    const { rows } = await this.pool.query<Row>(
      `insert into forgerun_engine.checkpoints as c (name, version, epoch) values ($1, $2, $3)
       on conflict (name) do update set epoch =
         case when c.version = excluded.version then greatest(c.epoch, excluded.epoch) else c.epoch end
       returning ${columns}`,
      [name, version, term.toString()],
    );
    const checkpoint = checked(rows[0], name, version);
    // Equal is this term's own: the first answer was lost, or its follower begins once more.
    if (checkpoint.epoch !== term) throw new Superseded(name);
    return checkpoint;
  }

  async load(name: string, version: number): Promise<Checkpoint> {
    const { rows } = await this.pool.query<Row>(`select ${columns} from forgerun_engine.checkpoints where name = $1`, [
      name,
    ]);
    return checked(rows[0], name, version);
  }

  async all(): Promise<readonly Checkpoint[]> {
    const { rows } = await this.pool.query<Row>(`select ${columns} from forgerun_engine.checkpoints order by name`);
    return rows.map(asCheckpoint);
  }
}

/** The statement that moves a checkpoint; it fails its transaction when the checkpoint is not where `from` says. */
export function move(from: Checkpoint, position: Position | null, applied: number): Statement {
  return statement('select forgerun_engine.move_checkpoint($1, $2, $3, $4, $5, $6)', [
    from.name,
    from.epoch.toString(),
    from.eventsApplied.toString(),
    from.position?.toString() ?? null,
    position?.toString() ?? null,
    applied,
  ]);
}

/** The checkpoint after such a move. */
export const moved = (from: Checkpoint, position: Position | null, applied: number): Checkpoint => ({
  ...from,
  position,
  eventsApplied: from.eventsApplied + BigInt(applied),
});

export const samePlace = (a: Checkpoint, b: Checkpoint): boolean =>
  a.position === b.position && a.epoch === b.epoch && a.eventsApplied === b.eventsApplied;

function checked(row: Row | undefined, name: string, version: number): Checkpoint {
  if (row === undefined) throw new Error(`the checkpoint of ${name} is gone`);
  if (row.version !== version) throw new VersionMismatch(name, row.version, version);
  return asCheckpoint(row);
}

const asCheckpoint = (row: Row): Checkpoint => ({
  name: row.name,
  position: row.position === null ? null : BigInt(row.position),
  version: row.version,
  epoch: BigInt(row.epoch),
  eventsApplied: BigInt(row.events_applied),
});
