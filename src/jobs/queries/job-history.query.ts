import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type JobEvent } from '../domain/job.events.js';
import { JobNotFound, ReportNotReady } from '../domain/job.refusals.js';
import { reportOf } from '../domain/job.report.js';
import { historyEntryOf } from '../domain/job.history.js';
import { type JobView, viewOf } from '../domain/job.view.js';
import { eventAnswer, reportAnswer } from './history.response.js';
import { jobStream } from '../domain/job.stream.js';

export interface EventPage {
  readonly items: readonly object[];
  /** Revision the next page begins after; null at the end. */
  readonly next: number | null;
}

export class GetJobEvents extends Query<EventPage> {
  constructor(
    readonly clientId: string,
    readonly jobId: string,
    readonly after: number | null,
    readonly limit: number,
  ) {
    super();
  }
}

export class GetJobReport extends Query<object> {
  constructor(
    readonly clientId: string,
    readonly jobId: string,
  ) {
    super();
  }
}

@QueryHandler(GetJobEvents)
export class GetJobEventsHandler implements IQueryHandler<GetJobEvents> {
  constructor(private readonly streams: Streams) {}

  async execute({ clientId, jobId, after, limit }: GetJobEvents): Promise<EventPage> {
    const { events } = await historyOf(this.streams, clientId, jobId);
    const rest = after === null ? events : events.filter(({ revision }) => revision > after);
    const page = rest.slice(0, limit);
    return {
      items: page.map((recorded) => eventAnswer(historyEntryOf(recorded))),
      next: rest.length > page.length ? (page.at(-1)?.revision ?? null) : null,
    };
  }
}

@QueryHandler(GetJobReport)
export class GetJobReportHandler implements IQueryHandler<GetJobReport> {
  constructor(private readonly streams: Streams) {}

  async execute({ clientId, jobId }: GetJobReport): Promise<object> {
    const report = reportOf((await historyOf(this.streams, clientId, jobId)).events);
    if (report === null) throw new ReportNotReady(jobId);
    return reportAnswer(report);
  }
}

export interface JobHistory {
  readonly events: readonly Recorded<JobEvent>[];
  /** The job after them. */
  readonly view: JobView;
}

/** A job's events; one of somebody else's answers as one that never was. */
export async function historyOf(streams: Streams, clientId: string, jobId: string): Promise<JobHistory> {
  const events = await streams.read(jobStream, jobId);
  const view = viewOf(events);
  if (view?.clientId !== clientId) throw new JobNotFound(jobId);
  return { events, view };
}
