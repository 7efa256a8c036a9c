import { type Pool } from 'pg';
import { type StreamState } from '../../engine/commands/stream-state.js';
import { type Decided, type Streams } from '../../engine/commands/streams.js';
import { checkpointOf } from '../../engine/followers/checkpoint.sql.js';
import { type Instant } from '../../kernel/instant.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { derivedId } from '../../platform/ids/ids.js';
import { RepeatDelivery } from '../domain/delivery.commands.js';
import { type Delivery } from '../domain/delivery.decider.js';
import { type DeliveryEvent, type DeliverySubject } from '../domain/delivery.events.js';
import { isWanted } from '../domain/event-names.js';
import { deliveryIdOf } from '../ids.js';
import { candidatesOf, type Deliverable } from './candidates.js';
import { noClient } from './delivery-queue.js';
import { deliveringActor } from './delivery-planner.js';
import { maxDuePerWebhook } from './fan-out.js';
import { isBehind, roomOf } from './fan-out.sql.js';
import { type JobEventReader } from './job-event-reader.js';
import { deliveryStream } from '../domain/webhook.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

interface Replay {
  readonly replayId: string;
  readonly webhookId: string;
  readonly clientId: string;
  readonly filters: readonly string[];
  readonly fromAt: number;
  readonly toAt: number;
  readonly askedAt: number;
  /** The event that asked for it. */
  readonly askedBy: string | null;
  readonly doneTo: Position | null;
  readonly until: Position;
}

interface Due {
  readonly subject: DeliverySubject;
  readonly recorded: Recorded<Deliverable>;
}

interface ReplayRow {
  replay_id: string;
  webhook_id: string;
  client_id: string;
  filters: string[];
  from_at: Date;
  to_at: Date;
  asked_at: Date;
  asked_by: string | null;
  done_to: string | null;
  until: string;
}

/** Events of the log that are looked at for one page. */
const pageSize = 2000;

/**
 * Reads the log again for those who asked for past events, a page at a time; a restart goes on where it was. Each client
 * has one page in its turn, however many replays it has asked for, and a webhook gets past events no faster than they go out.
 *
 * A replay begins once all that its webhook listened to before the request has become deliveries. Until then these are no past
 * events: opened by a replay they would go out as such only, and ahead of earlier events of their jobs.
 */
export class Replays {
  /** Whose turn it was last. */
  #lastClient = noClient;
  #isHeldBack = false;
  /** Clients whose page is being read. */
  readonly #reading = new Set<string>();

  constructor(
    private readonly pool: Pool,
    private readonly facts: JobEventReader,
    private readonly streams: Streams,
  ) {}

  /** Whether there is more to do once some of what is due has gone out. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /**
   * Begins to read a page for the client whose turn it is, of those for whom none is being read: pages of several clients need not
   * wait for each other. Null: there is nothing to read now.
   */
  async beginNext(): Promise<{ readonly page: Promise<void> } | null> {
    const row = (await this.#next('>')) ?? (await this.#next('<='));
    this.#isHeldBack = row === null && (await this.#isAnyOpen());
    if (row === null) return null;
    this.#lastClient = row.client_id;
    this.#reading.add(row.client_id);
    return { page: this.#page(asReplay(row)).finally(() => this.#reading.delete(row.client_id)) };
  }

  async #next(side: '>' | '<='): Promise<ReplayRow | null> {
    const { rows } = await this.pool.query<ReplayRow>({
      name: side === '>' ? 'next-replay' : 'first-replay',
      text: `select replay_id, webhook_id, client_id, filters, from_at, to_at, asked_at, asked_by, done_to::text as done_to,
                    until::text as until
               from forgerun_engine.replays
              where client_id ${side} $1 and client_id <> all ($3::uuid[]) and ${roomOf('$2', 'replays.client_id', 'replays.webhook_id')} > 0
                and not ${isBehind('replays.webhook_id', 'replays.until')}
                and (opened_to is null or opened_to <= ${checkpointOf('deliver-events')})
              order by client_id, replays.until limit 1`,
      values: [this.#lastClient, maxDuePerWebhook, [...this.#reading]],
    });
    return rows[0] ?? null;
  }

  async #isAnyOpen(): Promise<boolean> {
    const { rows } = await this.pool.query<{ open: boolean }>({
      name: 'replays-open',
      text: 'select exists (select from forgerun_engine.replays) as open',
    });
    return rows[0]?.open === true;
  }

  async #page(replay: Replay): Promise<void> {
    const { events, position: lookedTo } = await this.facts.after(replay.doneTo, pageSize);
    failpoint('replay.read');
    const { read, due } = upToLimit(replay, events);
    const isWhole = read.length === events.length;
    const reached = isWhole ? lookedTo : (read.at(-1)?.position ?? null);
    const ids = due.map(({ subject }) => subject.deliveryId);
    const known = await this.streams.cachedAll(deliveryStream, ids);
    const answers = await this.streams.decideOnMany(
      deliveryStream,
      due.map(({ subject, recorded }, place) => ({
        id: subject.deliveryId,
        command: new RepeatDelivery(subject, true, askedAfter(known[place], replay)).because({
          commandId: derivedId('command', 'replay', replay.replayId, subject.deliveryId),
          actor: deliveringActor,
          correlationId: recorded.metadata.correlationId,
          // What is delivered is the old event; that it is delivered again has another cause.
          causationId: replay.askedBy ?? recorded.id,
          traceparent: recorded.metadata.traceparent,
        }),
      })),
    );
    const failure = answers.find((answer) => answer instanceof Error);
    if (failure instanceof Error) throw failure;
    failpoint('replay.opened');
    const isOver = reached === null || reached >= replay.until || (isWhole && lookedTo === replay.doneTo);
    if (isOver) await this.pool.query('delete from forgerun_engine.replays where replay_id = $1', [replay.replayId]);
    else
      await this.pool.query(
        'update forgerun_engine.replays set done_to = $2, opened_to = coalesce($3, opened_to) where replay_id = $1',
        [replay.replayId, String(reached), lastOpenedBy(answers)],
      );
    failpoint('replay.moved');
  }
}

/** What has come to nothing since the request was opened before it, whatever the clock of the node says that opened it. */
function askedAfter(known: StreamState<Delivery> | undefined, { askedAt, until }: Replay): Instant {
  if (known === undefined || known.state.state === 'NONE') return askedAt;
  return known.position !== null && known.position < until ? Math.max(askedAt, known.state.openedAt) : askedAt;
}

function lastOpenedBy(answers: readonly (Decided<Delivery, DeliveryEvent> | Error)[]): string | null {
  let last: Position | null = null;
  for (const answer of answers) {
    if (answer instanceof Error || answer.events.length === 0 || answer.position === null) continue;
    if (last === null || answer.position > last) last = answer.position;
  }
  return last === null ? null : String(last);
}

/** As much of a page as holds what may be due at once for one webhook. */
function upToLimit(
  replay: Replay,
  page: readonly Recorded<Deliverable>[],
): { read: readonly Recorded<Deliverable>[]; due: readonly Due[] } {
  const due: Due[] = [];
  let count = 0;
  for (const each of page) {
    if (due.length >= maxDuePerWebhook) break;
    count += 1;
    if (isInSpan(replay, each)) due.push(...subjectsOf(replay, each));
  }
  return { read: page.slice(0, count), due };
}

function isInSpan(replay: Replay, { event, metadata, position }: Recorded<Deliverable>): boolean {
  const { clientId, fromAt, toAt, until } = replay;
  return event.data.clientId === clientId && position < until && metadata.at >= fromAt && metadata.at <= toAt;
}

function subjectsOf({ webhookId, filters }: Replay, recorded: Recorded<Deliverable>): readonly Due[] {
  return candidatesOf(recorded)
    .filter(({ eventName }) => isWanted(filters, eventName))
    .map((candidate) => {
      const deliveryId = deliveryIdOf(webhookId, candidate.eventId);
      return { recorded, subject: { ...candidate, deliveryId, listenerId: webhookId, callbackUrl: null } };
    });
}

const asReplay = (row: ReplayRow): Replay => ({
  replayId: row.replay_id,
  webhookId: row.webhook_id,
  clientId: row.client_id,
  filters: row.filters,
  fromAt: row.from_at.getTime(),
  toAt: row.to_at.getTime(),
  askedAt: row.asked_at.getTime(),
  askedBy: row.asked_by,
  doneTo: row.done_to === null ? null : BigInt(row.done_to),
  until: BigInt(row.until),
});
