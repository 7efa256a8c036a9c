/** Fragments of statements that go by how far a follower has come. Names of followers are constants of the code. */

/** The position up to which a follower has come; null: nowhere yet. */
export const checkpointOf = (follower: string): string =>
  `(select position from forgerun_engine.checkpoints where name = '${follower}')`;

/** Whether a follower has come as far as a position, a column or a parameter of the statement. */
export const hasReached = (follower: string, position: string): string =>
  `exists (select from forgerun_engine.checkpoints c where c.name = '${follower}' and c.position >= ${position})`;

export const checkpointsTable = 'forgerun_engine.checkpoints';

/** How far the one has come that is furthest; one row. */
export const furthestCheckpoint = 'select max(position)::text as position from forgerun_engine.checkpoints';
