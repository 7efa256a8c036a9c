import type pg from 'pg';

/** A delivery as the wire shows it. */
export interface DeliveryAnswer {
  readonly delivery_id: string;
  /** Null for a callback. */
  readonly webhook_id: string | null;
  readonly event_id: string;
  readonly event_name: string;
  readonly job_id: string | null;
  readonly state: string;
  readonly next_attempt_at: string | null;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly at: string;
    readonly status: number | null;
    readonly duration_ms: number;
    readonly error: string | null;
  }[];
}

interface DeliveryRow {
  delivery_id: string;
  listener_id: string;
  is_callback: boolean;
  event_id: string;
  event_name: string;
  job_id: string | null;
  state: string;
  next_attempt_at: Date | null;
  place: string;
}

interface AttemptRow {
  delivery_id: string;
  attempt: number;
  at: Date;
  status: number | null;
  duration_ms: number;
  error: string | null;
}

/** Reads the deliveries read model. */
export class DeliveryTable {
  constructor(private readonly pool: pg.Pool) {}

  /** Newest first, before a place; `next` is the place the following page begins before, null at the end. */
  async page(
    listenerId: string,
    before: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly DeliveryAnswer[]; readonly next: string | null }> {
    const { rows } = await this.pool.query<DeliveryRow>({
      name: 'deliveries-of-listener',
      text: `select delivery_id, listener_id, is_callback, event_id, event_name, job_id, state, next_attempt_at,
                    planned_position::text as place
               from forgerun_read.deliveries
              where listener_id = $1 and ($2::numeric is null or planned_position < $2::numeric)
              order by planned_position desc limit $3`,
      values: [listenerId, before, limit + 1],
    });
    const page = rows.slice(0, limit);
    const attempts = await this.#attemptsOf(page.map(({ delivery_id: id }) => id));
    return {
      items: page.map((row) => answer(row, attempts.get(row.delivery_id) ?? [])),
      next: rows.length > limit ? (page.at(-1)?.place ?? null) : null,
    };
  }

  async #attemptsOf(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, readonly AttemptRow[]>> {
    const { rows } = await this.pool.query<AttemptRow>({
      name: 'attempts-of-deliveries',
      text: `select delivery_id, attempt, at, status, duration_ms, error from forgerun_read.delivery_attempts
              where delivery_id = any ($1::uuid[]) order by delivery_id, attempt`,
      values: [deliveryIds],
    });
    const found = new Map<string, AttemptRow[]>();
    for (const row of rows) found.set(row.delivery_id, [...(found.get(row.delivery_id) ?? []), row]);
    return found;
  }
}

const answer = (row: DeliveryRow, attempts: readonly AttemptRow[]): DeliveryAnswer => ({
  delivery_id: row.delivery_id,
  webhook_id: row.is_callback ? null : row.listener_id,
  event_id: row.event_id,
  event_name: row.event_name,
  job_id: row.job_id,
  state: row.state,
  next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  attempts: attempts.map(({ attempt, at, status, duration_ms, error }) => ({
    attempt,
    at: at.toISOString(),
    status,
    duration_ms,
    error,
  })),
});
