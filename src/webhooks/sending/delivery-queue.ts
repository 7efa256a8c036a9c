import { atOnce } from './at-once.sql.js';
import { type Pool } from 'pg';
import { timestamp } from '../../engine/projector/cells.js';
import { type Instant } from '../../kernel/instant.js';
import { type Revision } from '../../kernel/recorded.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { takeSql, unplannedSql } from './delivery-queue.sql.js';
import { asNew, type NewDelivery, type NewRow } from './new-delivery.js';

/** A delivery that is this process's to attempt until `heldUntil`. */
export interface HeldDelivery {
  readonly deliveryId: string;
  readonly listenerId: string;
  readonly eventId: string;
  readonly clientId: string;
  readonly lane: string;
  /** How far its stream is at least, whichever process wrote to it; null: that has to be read. */
  readonly streamRevision: Revision | null;
  /** Its webhook was disabled or deleted while it was pending. */
  readonly isDropped: boolean;
  readonly heldUntil: Instant;
}

/** What an attempt leaves of a delivery that is pending. */
interface DeliveryProgress {
  /** How many attempts of this round may have reached the receiver. */
  readonly sent: number;
  readonly revision: Revision;
}

interface Wanted {
  /** By the node's clock; what is not due by the database's either is left. */
  readonly now: Instant;
  readonly heldUntil: Instant;
  readonly most: number;
  /** For lanes where something is under way, how much more may be. */
  readonly free: ReadonlyMap<string, number>;
  readonly maxPerLane: number;
  readonly turns: DeliveryTurns;
}

/** Whose turn it is, and how much of what is free each client may have. */
export interface DeliveryTurns {
  /** The clients after this one come first. */
  readonly afterClient: string;
  readonly clients: readonly {
    readonly clientId: string;
    readonly most: number;
    /** Of its lanes those after this one come first. */
    readonly afterLane: string;
  }[];
  /** How much each client may have that is not in `clients`. */
  readonly maxOthers: number;
}

/** Before the first client there can be. */
export const noClient = '00000000-0000-0000-0000-000000000000';

interface HeldRow {
  delivery_id: string;
  listener_id: string;
  event_id: string;
  client_id: string;
  lane: string;
  is_dropped: boolean;
  stream_revision: string | null;
  place: string;
}

/** The deliveries under way, as rows. What they come to is decided by their streams; the rows say what to look at when. */
export class DeliveryQueue {
  constructor(private readonly pool: Pool) {}

  /** To callbacks: of each client some, first of those after the one given, and at least `least` of each that has as many. */
  async unplanned(most: number, afterClient: string, least: number): Promise<readonly NewDelivery[]> {
    const { rows } = await this.pool.query<NewRow>({
      name: 'unplanned-deliveries',
      text: unplannedSql,
      values: [most, afterClient, least],
    });
    return rows.map(asNew);
  }

  async planned(deliveries: readonly DeliverySubject[]): Promise<void> {
    await this.pool.query({
      name: 'planned-deliveries',
      text: `update forgerun_engine.deliveries as d set planned = true, delivery_id = u.delivery_id,
                    due_at = ${atOnce('d.due_at')}
               from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (listener_id, event_id, delivery_id)
              where d.listener_id = u.listener_id and d.event_id = u.event_id and not d.planned`,
      values: [
        deliveries.map(({ listenerId }) => listenerId),
        deliveries.map(({ eventId }) => eventId),
        deliveries.map(({ deliveryId }) => deliveryId),
      ],
    });
  }

  /** In the order in which clients and lanes had their turns. */
  async take({ now, heldUntil, most, free, maxPerLane, turns }: Wanted): Promise<readonly HeldDelivery[]> {
    const { afterClient, clients, maxOthers } = turns;
    const { rows } = await this.pool.query<HeldRow>({
      name: 'take-deliveries',
      text: takeSql,
      values: [
        ...[timestamp(now), timestamp(heldUntil), [...free.keys()], [...free.values()], maxPerLane],
        ...[afterClient, maxOthers],
        clients.map(({ clientId }) => clientId),
        clients.map((each) => each.most),
        clients.map(({ afterLane }) => afterLane),
        most,
      ],
    });
    const inOrder = rows.sort((one, other) => Number(one.place) - Number(other.place));
    return inOrder.map((row) => ({
      deliveryId: row.delivery_id,
      listenerId: row.listener_id,
      eventId: row.event_id,
      clientId: row.client_id,
      lane: row.lane,
      streamRevision: row.stream_revision === null ? null : Number(row.stream_revision),
      isDropped: row.is_dropped,
      heldUntil,
    }));
  }

  /**
   * What has not been tried yet is due now, also where it was due at once by a clock that was set back since. Its place in the
   * order of its job stays.
   */
  async untriedAtOnce(): Promise<void> {
    await this.pool.query({
      name: 'untried-deliveries-at-once',
      text: `update forgerun_engine.deliveries as d set due_at = clock_timestamp() from (
               select listener_id, event_id from forgerun_engine.deliveries
                where planned and due_at > clock_timestamp() and attempts = 0 and stream_revision = 0
                order by listener_id, event_id for update skip locked
             ) as untried
              where d.listener_id = untried.listener_id and d.event_id = untried.event_id`,
    });
  }

  /** When the next delivery is due after now; null: none is waiting. */
  async nextDueAt(now: Instant): Promise<Instant | null> {
    const { rows } = await this.pool.query<{ due_at: Date | null }>({
      name: 'next-delivery',
      text: 'select min(due_at) as due_at from forgerun_engine.deliveries where planned and due_at > $1',
      values: [timestamp(now)],
    });
    return rows[0]?.due_at?.getTime() ?? null;
  }

  /**
   * It comes again then, or at once where it has been dropped meanwhile. Does nothing when another process has moved it.
   */
  async move(held: HeldDelivery, { sent, revision }: DeliveryProgress, dueAt: Instant): Promise<void> {
    await this.pool.query({
      name: 'move-delivery',
      text: `update forgerun_engine.deliveries
                set due_at = case when is_dropped then '-infinity' else $4::timestamptz end, attempts = $5, stream_revision = $6
              where listener_id = $1 and event_id = $2 and due_at = $3`,
      values: [held.listenerId, held.eventId, timestamp(held.heldUntil), timestamp(dueAt), sent, revision],
    });
  }

  /**
   * It comes again then, and has not gone out yet; so what waits for it is not due before it. Otherwise a receiver that is
   * away would have many rows that are due and cannot be taken, for each look to pass over.
   */
  async moveWithFollowing(held: HeldDelivery, revision: Revision, dueAt: Instant): Promise<void> {
    await this.pool.query({
      name: 'move-deliveries',
      text: `with moved as (
               update forgerun_engine.deliveries
                  set due_at = case when is_dropped then '-infinity' else $4::timestamptz end, attempts = 0, stream_revision = $5
                where listener_id = $1 and event_id = $2 and due_at = $3 returning lane, job_id, position
             ), following as (
               select d.listener_id, d.event_id from moved m join forgerun_engine.deliveries d
                   on d.lane = m.lane and d.job_id = m.job_id and d.attempts = 0 and d.position > m.position
                where d.due_at < $4 and not d.is_dropped for update of d skip locked
             )
             update forgerun_engine.deliveries as d set due_at = $4 from following f
              where d.listener_id = f.listener_id and d.event_id = f.event_id`,
      values: [held.listenerId, held.eventId, timestamp(held.heldUntil), timestamp(dueAt), revision],
    });
  }

  /** It has ended. Does nothing when it has been opened again meanwhile. */
  async remove(held: HeldDelivery): Promise<void> {
    await this.pool.query({
      name: 'remove-delivery',
      text: 'delete from forgerun_engine.deliveries where listener_id = $1 and event_id = $2 and due_at = $3',
      values: [held.listenerId, held.eventId, timestamp(held.heldUntil)],
    });
  }

  /** Nothing more of this job goes to its callback. */
  async endCallback(jobId: string): Promise<void> {
    await this.pool.query({
      name: 'end-callback',
      text: 'delete from forgerun_engine.callbacks where job_id = $1',
      values: [jobId],
    });
  }
}
