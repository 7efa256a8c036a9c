import type pg from 'pg';
import { concatMap, filter, merge, type Observable } from 'rxjs';
import { type ProjectionProgress, TooManyWaiters } from '../engine/projector/projection-progress.js';
import { type Position } from '../kernel/recorded.js';
import { kindsBarredFor, type LeaseFilter } from './lease-filter.js';

const maxWaitMs = 1_000;

/** Where in the log a job was leased. */
export interface LeasePlace {
  readonly jobId: string;
  readonly position: Position;
}

/**
 * Reserves slots in queues that may not run all their jobs at once. A slot is committed before its job is leased and
 * goes when the log has shown the lease's end, so no crash and no late read model ever lets one job too many run.
 */
export class QueueSlots {
  /** Whether any queue has a limit. Claims know by themselves which; this only spares them asking for slots. */
  #areLimits = true;
  #isAwaited = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly progress: ProjectionProgress,
  ) {}

  /** Null when no queue is limited. */
  grantId(next: () => string): string | null {
    return this.#areLimits ? next() : null;
  }

  /** Whenever limits have changed, or slots may have become free. */
  changes(): Observable<unknown> {
    const steps = this.progress.steps();
    const limited = steps.pipe(
      filter(({ name, tables }) => name === 'queue-pauses' && tables?.length !== 0),
      concatMap(() => this.refresh()),
    );
    return merge(limited, steps.pipe(filter(({ name }) => name === 'jobs' && this.#areLimits)));
  }

  async refresh(): Promise<void> {
    try {
      const { rows } = await this.pool.query<{ are_limits: boolean }>({
        name: 'are-there-queue-limits',
        text: 'select exists (select from forgerun_read.queue_limits) as are_limits',
      });
      this.#areLimits = rows[0]?.are_limits ?? true;
    } catch {
      // Not knowing costs a statement per claim and nothing else.
      this.#areLimits = true;
    }
  }

  /** Its own transaction: what it reserves must be known to all before anything is leased. */
  async reserve(client: pg.ClientBase, grantId: string, filter: LeaseFilter, most: number) {
    const { clientId, queues, workKinds } = filter;
    const { rows } = await client.query<{ is_full: boolean }>({
      name: 'reserve-queue-slots',
      // Slots are not to be kept for jobs that this worker cannot be given. An empty list means none, null would mean
      // any.
      text: `
        select forgerun_engine.reserve_queue_slots($1, $2, $3, kinds, $5) as is_full
        from (
          select case when $4::text[] is null and $6::text[] = '{}' then null else array(
            select distinct work_kind from forgerun_read.queue_counts
            where queued > 0 and ($2::uuid is null or client_id = $2)
              and ($4::text[] is null or work_kind = any ($4)) and work_kind <> all ($6)
          ) end as kinds
        ) asked`,
      values: [grantId, clientId, queues, workKinds, most, kindsBarredFor(filter)],
    });
    if (rows[0]?.is_full === true) this.#awaitFreeSlots();
  }

  /**
   * Gives back what was reserved and not taken. The slot of a job that was leased is from then on one of its lease: the row that
   * the job was leased by may be from before a release that no read model shows yet, and the row of that one must not
   * pass for the lease's end.
   */
  async settle(
    client: pg.ClientBase,
    grantId: string,
    taken: readonly string[],
    leased: readonly LeasePlace[],
  ): Promise<void> {
    await client.query({
      name: 'settle-queue-slots',
      text: `
        with given_back as (
          delete from forgerun_engine.queue_slots
          where grant_id = $1 and is_fresh and job_id <> all ($2::uuid[])
        )
        update forgerun_engine.queue_slots s set position = u.position
        from unnest($3::uuid[], $4::numeric[]) as u (job_id, position)
        where s.grant_id = $1 and s.job_id = u.job_id`,
      values: [grantId, taken, leased.map(({ jobId }) => jobId), leased.map(({ position }) => String(position))],
    });
  }

  /** Waits for the model of jobs, which brings free slots, and gathers for a while unless a caller waits for it. */
  #awaitFreeSlots(): void {
    const position = this.progress.positionOf('dispatch');
    if (position === null || this.#isAwaited) return;
    this.#isAwaited = true;
    const ended = (): void => {
      this.#isAwaited = false;
    };
    void this.progress
      .waitFor('jobs', position, maxWaitMs)
      .catch((cause: unknown) => {
        // Then others wait for it already.
        if (!(cause instanceof TooManyWaiters)) throw cause;
      })
      .finally(ended);
  }
}
