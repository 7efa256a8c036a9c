import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Revision } from '../../kernel/recorded.js';
import { nextStateOf } from '../domain/job.events.js';
import { isExisting, isOver } from '../domain/job.state.js';
import { type EventAnswer, eventAnswer } from './history.response.js';
import { jobStream } from '../domain/job.stream.js';

interface FollowedEvent {
  readonly revision: Revision;
  readonly answer: EventAnswer;
}

export interface FollowedEvents {
  readonly events: readonly FollowedEvent[];
  /** The job is finished, and no event of it comes after these or after the place that was asked for. */
  readonly isEnd: boolean;
}

/** The next events of a job whose owner has been made sure of; only these are read. */
export class FollowJobEvents extends Query<FollowedEvents> {
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

  async execute({ jobId, after, limit }: FollowJobEvents): Promise<FollowedEvents> {
    const read = await this.streams.read(jobStream, jobId, { from: after === null ? 0 : after + 1, limit });
    const events = read.map((recorded) => ({
      revision: recorded.revision,
      answer: eventAnswer(recorded),
    }));
    const last = read.at(-1);
    const place = last?.revision ?? after;
    const mayBeEnd = place !== null && (last === undefined || mayFinish.has(nextStateOf(last.event)));
    return { events, isEnd: mayBeEnd && (await this.#isFinishedAt(jobId, place)) };
  }

  /** What a retry or an erasure added since is no end any more. */
  async #isFinishedAt(jobId: string, place: Revision): Promise<boolean> {
    const { state, revision } = await this.streams.load(jobStream, jobId);
    return isExisting(state) && isOver(state) && revision !== null && revision <= place;
  }
}

/** A failure is the end of its job only where no retry follows. */
const mayFinish: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELED']);
