import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Clock } from '../../platform/clock/clock.js';
import { QueueFactsReader } from '../leasing/queue-facts.js';
import { type Wait, waitsByEvents, waitsInQueue } from '../domain/job.waiting.js';
import { historyOf } from './job-history.query.js';

/** Why a job is where it is, as the wire shows it. */
export interface Explanation {
  readonly state: string;
  readonly waiting_for: readonly { readonly kind: string; readonly text: string; readonly event_id?: string }[];
}

export class ExplainJob extends Query<Explanation> {
  constructor(
    readonly clientId: string,
    readonly jobId: string,
  ) {
    super();
  }
}

@QueryHandler(ExplainJob)
export class ExplainJobHandler implements IQueryHandler<ExplainJob> {
  constructor(
    private readonly streams: Streams,
    private readonly facts: QueueFactsReader,
    private readonly clock: Clock,
  ) {}

  async execute({ clientId, jobId }: ExplainJob): Promise<Explanation> {
    const { events, view } = await historyOf(this.streams, clientId, jobId);
    const waits =
      view.state === 'QUEUED'
        ? waitsInQueue(view, await this.facts.of(view))
        : waitsByEvents(view, events, this.clock.now());
    return { state: view.state, waiting_for: waits.map(onTheWire) };
  }
}

const onTheWire = ({ kind, text, eventId }: Wait): Explanation['waiting_for'][number] => ({
  kind,
  text,
  ...(eventId === undefined ? {} : { event_id: eventId }),
});
