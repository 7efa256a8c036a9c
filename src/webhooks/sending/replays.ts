import { type Pool } from 'pg';
import type { Streams } from '../../engine/commands/streams.js';
import type { Position, Recorded } from '../../kernel/recorded.js';
import { derivedId } from '../../platform/ids/ids.js';
import { RepeatDelivery } from '../domain/delivery.commands.js';
import type { DeliverySubject } from '../domain/delivery.events.js';
import { isWanted } from '../domain/event-names.js';
import { deliveryIdOf } from '../ids.js';
import { deliveryKind } from '../webhook.kind.js';
import { candidatesOf, type Deliverable } from './candidates.js';
import { noClient } from './delivery-queue.js';
import { deliveringActor } from './delivery-planner.js';
import { type JobFacts } from './job-facts.js';

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

const pageSize = 1000;

/**
 * Reads the log again for those who asked for past events, a page at a time; a restart goes on where it was. Each client
 * has one page in its turn, however many replays it has asked for.
 */
export class Replays {
  /** Whose turn it was last. */
  #lastClient = noClient;

  constructor(
    private readonly pool: Pool,
    private readonly facts: JobFacts,
    private readonly streams: Streams,
  ) {}

  /** Returns whether there is more to do. */
  async readSome(): Promise<boolean> {
    const row = (await this.#next('>')) ?? (await this.#next('<='));
    if (row === null) return false;
    this.#lastClient = row.client_id;
    await this.#page(asReplay(row));
    return true;
  }

  async #next(side: '>' | '<='): Promise<ReplayRow | null> {
    const { rows } = await this.pool.query<ReplayRow>({
      name: side === '>' ? 'next-replay' : 'first-replay',
      text: `SELECT replay_id, webhook_id, client_id, filters, from_at, to_at, asked_at, asked_by, done_to::text AS done_to,
                    until::text AS until
               FROM forgerun_engine.replays WHERE client_id ${side} $1 ORDER BY client_id, replays.until LIMIT 1`,
      values: [this.#lastClient],
    });
    return rows[0] ?? null;
  }

  async #page(replay: Replay): Promise<void> {
    const read = await this.facts.after(replay.doneTo, pageSize);
    const last = read.at(-1);
    const due = read.filter((each) => isInSpan(replay, each)).flatMap((each) => subjectsOf(replay, each));
    const answers = await this.streams.decideOnMany(
      deliveryKind,
      due.map(({ subject, recorded }) => ({
        id: subject.deliveryId,
        command: new RepeatDelivery(subject, true, replay.askedAt).because({
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
    const isOver = last === undefined || last.position >= replay.until || read.length < pageSize;
    if (isOver) await this.pool.query('DELETE FROM forgerun_engine.replays WHERE replay_id = $1', [replay.replayId]);
    else
      await this.pool.query('UPDATE forgerun_engine.replays SET done_to = $2 WHERE replay_id = $1', [
        replay.replayId,
        String(last.position),
      ]);
  }
}

function isInSpan(replay: Replay, { event, metadata, position }: Recorded<Deliverable>): boolean {
  const { clientId, fromAt, toAt, until } = replay;
  return event.data.clientId === clientId && position < until && metadata.at >= fromAt && metadata.at <= toAt;
}

function subjectsOf(
  { webhookId, filters }: Replay,
  recorded: Recorded<Deliverable>,
): readonly { subject: DeliverySubject; recorded: Recorded<Deliverable> }[] {
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
