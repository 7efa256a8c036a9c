import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type JobEvent } from '../domain/job.events.js';
import { JobNotFound, ReportNotReady } from '../domain/job.refusals.js';
import { reportOf } from '../domain/job.report.js';
import { type JobView, viewOf } from '../domain/job.view.js';
import { type EventAnswer, eventAnswer, publishedReport, type ReportAnswer } from './history.response.js';
import { jobStream } from '../domain/job.stream.js';

interface EventPage {
  readonly items: readonly EventAnswer[];
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

export class GetJobReport extends Query<ReportAnswer> {
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
    // One more than the page, which says whether another follows. Both ends of the stream say whose the job is, and whether
    // it is there still: an erasure is its last event.
    const [found, [first], [last]] = await Promise.all([
      this.streams.read(jobStream, jobId, { from: after === null ? 0 : after + 1, limit: limit + 1 }),
      this.streams.read(jobStream, jobId, { from: 0, limit: 1 }),
      this.streams.read(jobStream, jobId, { backwards: true, limit: 1 }),
    ]);
    const isOwn = first?.event.type === 'JobCreated' && first.event.data.clientId === clientId;
    const isErased = [last, ...found].some((recorded) => recorded?.event.type === 'JobErased');
    if (!isOwn || isErased) throw new JobNotFound(jobId);
    const page = found.slice(0, limit);
    return {
      items: page.map(eventAnswer),
      next: found.length > page.length ? (page.at(-1)?.revision ?? null) : null,
    };
  }
}

@QueryHandler(GetJobReport)
export class GetJobReportHandler implements IQueryHandler<GetJobReport> {
  constructor(private readonly streams: Streams) {}

  async execute({ clientId, jobId }: GetJobReport): Promise<ReportAnswer> {
    const report = reportOf((await historyOf(this.streams, clientId, jobId)).events);
    if (report === null) throw new ReportNotReady(jobId);
    return publishedReport.write(report);
  }
}

interface JobHistory {
  readonly events: readonly Recorded<JobEvent>[];
  /** The job after them. */
  readonly view: JobView;
}

/** A job's events; a job of another client answers as one that never was. */
export async function historyOf(streams: Streams, clientId: string, jobId: string): Promise<JobHistory> {
  const events = await streams.read(jobStream, jobId);
  const view = viewOf(events);
  if (view?.clientId !== clientId) throw new JobNotFound(jobId);
  return { events, view };
}
