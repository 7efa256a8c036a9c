import { type Pool } from 'pg';
import { timestamp } from '../../engine/projector/cells.js';
import type { Instant } from '../../kernel/instant.js';
import type { DeliverySubject } from '../domain/delivery.events.js';
import { deliveryIdOf } from '../ids.js';

/** A delivery that is this process's to attempt until `heldUntil`. */
export interface HeldDelivery {
  readonly deliveryId: string;
  readonly listenerId: string;
  readonly eventId: string;
  readonly lane: string;
  /** How many attempts of this round may have reached the receiver, whichever process made them. */
  readonly sent: number;
  readonly heldUntil: Instant;
}

/** A delivery whose stream has to be begun. */
export interface NewDelivery {
  readonly subject: DeliverySubject;
  readonly correlationId: string | null;
  readonly traceparent: string | null;
}

export interface Wanted {
  /** By the node's clock; what is not due by the database's either is left. */
  readonly now: Instant;
  readonly heldUntil: Instant;
  readonly most: number;
  /** For lanes where something is under way, how much more may be. */
  readonly free: ReadonlyMap<string, number>;
  readonly mostPerLane: number;
}

interface NewRow {
  listener_id: string;
  event_id: string;
  callback_url: string | null;
  client_id: string;
  kind: DeliverySubject['kind'];
  event_name: string;
  job_id: string | null;
  schedule_id: string | null;
  revision: string | null;
  position: string;
  correlation_id: string | null;
  traceparent: string | null;
}

interface HeldRow {
  delivery_id: string;
  listener_id: string;
  event_id: string;
  lane: string;
  attempts: number;
}

/**
 * One lane after the other by its index, and of each the deliveries that are due. What has not gone out yet waits until
 * the same job's earlier events have. Holding moves the due time, so a holder that dies is not waited for longer than
 * that.
 */
const takeSql = `
  WITH RECURSIVE moment AS MATERIALIZED (SELECT least($1, clock_timestamp()) AS now), lanes (lane) AS (
    (SELECT lane FROM forgerun_engine.deliveries WHERE planned ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT d.lane FROM forgerun_engine.deliveries d WHERE d.planned AND d.lane > l.lane ORDER BY d.lane LIMIT 1)
      FROM lanes l WHERE l.lane IS NOT NULL
  ), due AS (
    SELECT x.listener_id, x.event_id FROM lanes l CROSS JOIN LATERAL (
      SELECT d.listener_id, d.event_id FROM forgerun_engine.deliveries d
       WHERE d.lane = l.lane AND d.planned AND d.due_at <= (SELECT now FROM moment)
         AND NOT (d.attempts = 0 AND EXISTS (
           SELECT FROM forgerun_engine.deliveries e
            WHERE e.lane = d.lane AND e.job_id = d.job_id AND e.attempts = 0 AND e.position < d.position))
       ORDER BY d.due_at, d.position
       LIMIT (SELECT coalesce((SELECT u.free FROM unnest($3::text[], $4::int[]) AS u (lane, free) WHERE u.lane = l.lane), $5))
         FOR UPDATE OF d SKIP LOCKED
    ) x WHERE l.lane IS NOT NULL LIMIT $6
  )
  UPDATE forgerun_engine.deliveries AS t SET due_at = $2 FROM due
   WHERE t.listener_id = due.listener_id AND t.event_id = due.event_id
  RETURNING t.delivery_id, t.listener_id, t.event_id, t.lane, t.attempts`;

/** The deliveries under way, as rows. What they come to is decided by their streams; the rows say what to look at when. */
export class DeliveryQueue {
  constructor(private readonly pool: Pool) {}

  async unplanned(most: number): Promise<readonly NewDelivery[]> {
    const { rows } = await this.pool.query<NewRow>({
      name: 'unplanned-deliveries',
      text: `SELECT listener_id, event_id, callback_url, client_id, kind, event_name, job_id, schedule_id, revision,
                    position::text AS position, correlation_id, traceparent
               FROM forgerun_engine.deliveries WHERE NOT planned ORDER BY deliveries.position LIMIT $1`,
      values: [most],
    });
    return rows.map(asNew);
  }

  async planned(deliveries: readonly DeliverySubject[]): Promise<void> {
    await this.pool.query({
      name: 'planned-deliveries',
      text: `UPDATE forgerun_engine.deliveries AS d SET planned = true, delivery_id = u.delivery_id
               FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (listener_id, event_id, delivery_id)
              WHERE d.listener_id = u.listener_id AND d.event_id = u.event_id AND NOT d.planned`,
      values: [
        deliveries.map(({ listenerId }) => listenerId),
        deliveries.map(({ eventId }) => eventId),
        deliveries.map(({ deliveryId }) => deliveryId),
      ],
    });
  }

  async take({ now, heldUntil, most, free, mostPerLane }: Wanted): Promise<readonly HeldDelivery[]> {
    const { rows } = await this.pool.query<HeldRow>({
      name: 'take-deliveries',
      text: takeSql,
      values: [timestamp(now), timestamp(heldUntil), [...free.keys()], [...free.values()], mostPerLane, most],
    });
    return rows.map((row) => ({
      deliveryId: row.delivery_id,
      listenerId: row.listener_id,
      eventId: row.event_id,
      lane: row.lane,
      sent: row.attempts,
      heldUntil,
    }));
  }

  /** When the next delivery is due after now; null: none is waiting. */
  async nextDueAt(now: Instant): Promise<Instant | null> {
    const { rows } = await this.pool.query<{ due_at: Date | null }>({
      name: 'next-delivery',
      text: 'SELECT min(due_at) AS due_at FROM forgerun_engine.deliveries WHERE planned AND due_at > $1',
      values: [timestamp(now)],
    });
    return rows[0]?.due_at?.getTime() ?? null;
  }

  /**
   * It comes again then. `sent`: how many attempts of this round may have reached the receiver. Does nothing when another
   * process has moved it meanwhile.
   */
  async move(held: HeldDelivery, sent: number, dueAt: Instant): Promise<void> {
    await this.pool.query({
      name: 'move-delivery',
      text: `UPDATE forgerun_engine.deliveries SET due_at = $4, attempts = $5
              WHERE listener_id = $1 AND event_id = $2 AND due_at = $3`,
      values: [held.listenerId, held.eventId, timestamp(held.heldUntil), timestamp(dueAt), sent],
    });
  }

  /**
   * It comes again then, and has not gone out yet; so what waits for it is not due before it. Otherwise a receiver that is
   * away would have many rows that are due and cannot be taken, for each look to pass over.
   */
  async moveWithFollowing(held: HeldDelivery, dueAt: Instant): Promise<void> {
    await this.pool.query({
      name: 'move-deliveries',
      text: `WITH moved AS (
               UPDATE forgerun_engine.deliveries SET due_at = $4, attempts = 0
                WHERE listener_id = $1 AND event_id = $2 AND due_at = $3 RETURNING lane, job_id, position
             ), following AS (
               SELECT d.listener_id, d.event_id FROM moved m JOIN forgerun_engine.deliveries d
                   ON d.lane = m.lane AND d.job_id = m.job_id AND d.attempts = 0 AND d.position > m.position
                WHERE d.due_at < $4 FOR UPDATE OF d SKIP LOCKED
             )
             UPDATE forgerun_engine.deliveries AS d SET due_at = $4 FROM following f
              WHERE d.listener_id = f.listener_id AND d.event_id = f.event_id`,
      values: [held.listenerId, held.eventId, timestamp(held.heldUntil), timestamp(dueAt)],
    });
  }

  /** It has ended. Does nothing when it has been opened again meanwhile. */
  async remove(held: HeldDelivery): Promise<void> {
    await this.pool.query({
      name: 'remove-delivery',
      text: 'DELETE FROM forgerun_engine.deliveries WHERE listener_id = $1 AND event_id = $2 AND due_at = $3',
      values: [held.listenerId, held.eventId, timestamp(held.heldUntil)],
    });
  }

  /** Nothing more of this job goes to its callback. */
  async endCallback(jobId: string): Promise<void> {
    await this.pool.query({
      name: 'end-callback',
      text: 'DELETE FROM forgerun_engine.callbacks WHERE job_id = $1',
      values: [jobId],
    });
  }
}

const asNew = (row: NewRow): NewDelivery => ({
  subject: {
    deliveryId: deliveryIdOf(row.listener_id, row.event_id),
    listenerId: row.listener_id,
    clientId: row.client_id,
    callbackUrl: row.callback_url,
    kind: row.kind,
    eventId: row.event_id,
    eventName: row.event_name,
    jobId: row.job_id,
    scheduleId: row.schedule_id,
    revision: row.revision === null ? null : Number(row.revision),
    position: row.position,
  },
  correlationId: row.correlation_id,
  traceparent: row.traceparent,
});
