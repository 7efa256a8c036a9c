import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Revision } from '../../kernel/recorded.js';
import { historyEntryOf } from '../domain/job.history.js';
import { jobKind } from '../job.kind.js';
import { eventAnswer } from './history-answer.js';

export interface FollowedEvent {
  readonly revision: Revision;
  readonly answer: object;
}

/** The next events of a job whose owner has been made sure of; only these are read. */
export class FollowJobEvents extends Query<readonly FollowedEvent[]> {
  constructor(
    readonly jobId: string,
    readonly after: Revision | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(FollowJobEvents)
export class FollowJobEventsHandler implements IQueryHandler<FollowJobEvents> {
  constructor(private readonly streams: Streams) {}

  async execute({ jobId, after, limit }: FollowJobEvents): Promise<readonly FollowedEvent[]> {
    const events = await this.streams.read(jobKind, jobId, { from: after === null ? 0 : after + 1, limit });
    return events.map((recorded) => ({
      revision: recorded.revision,
      answer: eventAnswer(historyEntryOf(recorded)),
    }));
  }
}
