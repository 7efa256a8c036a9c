import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * What programs outside the engine read the log by, whatever table it is kept in: names, columns and types of these
 * functions stay. `docs/reference/log-sql.md` describes them.
 */
export class ReadEvents1767225600002 implements MigrationInterface {
  readonly name = 'ReadEvents1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    // Both are plain enough for the planner to put them into the statement that calls them.
    await runner.query(`
      create function forgerun_log.read_events("from" bigint, "limit" integer)
      returns table (
        "position" bigint, stream text, revision bigint, event_id uuid, type text, data text, metadata text
      ) language sql stable parallel safe as $$
        select e.position, e.stream, e.revision, e.event_id, e.type, e.data, e.metadata
        from forgerun_log.events e
        where e.position > coalesce($1, -1)
        order by e.position
        limit $2
      $$`);
    await runner.query(`
      create function forgerun_log.read_cuts()
      returns table (stream text, before bigint) language sql stable parallel safe as $$
        select c.stream, c.before from forgerun_log.cuts c
      $$`);
    await runner.query(`
      comment on function forgerun_log.read_events(bigint, integer) is
        'Events of the log after a position (exclusive; null: from the beginning), in the order of positions.'`);
    await runner.query(`
      comment on function forgerun_log.read_cuts() is
        'Streams that lost their beginning, and the first revision that each of them may still have.'`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('The event log is never taken back.'));
  }
}
