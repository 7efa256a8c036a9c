import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Position, type Revision } from '../../kernel/recorded.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { Cursors } from '../../platform/http/cursors.js';
import { RequestMalformed } from '../../platform/http/http.refusals.js';
import { Needs, Produces, ReadsFrom } from '../../platform/http/route.rules.js';
import { eventStreamType, wantsEventStream } from '../../platform/http/server-sent-events.js';
import { isInstantText } from '../../platform/http/validation/formats.js';
import { GetClientEvents } from '../queries/client-events.query.js';
import { FindEventPlace } from '../queries/find-event-place.query.js';
import { type FollowedEvents, FollowJobEvents } from '../queries/follow-job-events.query.js';
import { GetJobEvents } from '../queries/job-history.query.js';
import { jobIdFrom } from '../queries/job-id.js';
import { eventsAtOnce, JobStreams } from './job-stream.js';
import { ClientEventsRequest, lastPositionIn, lastRevisionIn } from './job-stream.requests.js';
import { eventPageSchema } from './job.openapi.js';
import { JobEventsRequest } from './list-jobs.request.js';

interface EventList {
  readonly items: readonly object[];
  readonly next_cursor: string | null;
}

/** What happened, event by event: as a list, or as a stream that goes on. */
@Controller('v1')
@Needs('client', 'read')
@Produces(eventStreamType)
export class JobStreamController {
  constructor(
    private readonly queries: QueryBus,
    private readonly cursors: Cursors,
    private readonly streams: JobStreams,
  ) {}

  @Get('jobs/:job_id/events')
  @Summary('List the events of a job, or follow them', 'listJobEvents')
  @Answers(200, eventPageSchema, {
    description: 'A page, or a stream of events whose ids are revisions, up to the one that finished the job.',
  })
  @Answers(204, null, {
    description: 'To a stream that has had the event that finished the job: it need not come back.',
  })
  @Needs('client', 'worker', 'read')
  @ReadsFrom('jobs')
  async ofJob(
    @Param('job_id') id: string,
    @Query() { cursor, limit, follow = false }: JobEventsRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | EventList | undefined> {
    const { clientId } = callerOf(request);
    const jobId = jobIdFrom(id);
    const scope = ['job-events', clientId, jobId];
    const after = cursor === undefined ? null : Number(this.cursors.read(scope, cursor));
    if (wantsEventStream(request)) {
      const last = lastRevisionIn(request);
      // Answers 404 for a job that is not the caller's.
      await this.queries.execute(new GetJobEvents(clientId, jobId, null, 1));
      const pageAfter = (place: Revision | null): Promise<FollowedEvents> =>
        this.queries.execute(new FollowJobEvents(jobId, place, eventsAtOnce));
      if (last !== null && !follow) {
        const { events, isEnd } = await pageAfter(last);
        if (isEnd && events.length === 0) {
          reply.code(204);
          return undefined;
        }
      }
      return new StreamableFile(this.streams.ofJob(request, reply, jobId, { after: last ?? after, follow }, pageAfter));
    }
    const page = await this.queries.execute(new GetJobEvents(clientId, jobId, after, limit ?? 200));
    return { items: page.items, next_cursor: page.next === null ? null : this.cursors.make(scope, String(page.next)) };
  }

  @Get('events')
  @Summary('List the events of all jobs of the client, or follow them', 'listEvents')
  @Answers(200, eventPageSchema, { description: 'A page, or a stream of events whose ids are positions.' })
  @ReadsFrom('client-events')
  async ofClient(
    @Query() query: ClientEventsRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | EventList> {
    const { clientId } = callerOf(request);
    const types = query.types ?? null;
    const after = await this.#startOf(clientId, query);
    if (wantsEventStream(request))
      return new StreamableFile(
        this.streams.ofClient(request, reply, { after: lastPositionIn(request) ?? after, types }, (place) =>
          this.queries.execute(new GetClientEvents(clientId, place, types, eventsAtOnce)),
        ),
      );
    const { events, seen, hasMore } = await this.queries.execute(
      new GetClientEvents(clientId, after, types, query.limit ?? 50),
    );
    return {
      items: events.map(({ answer }) => answer),
      next_cursor: hasMore ? this.cursors.make(scopeOf(clientId, types), String(seen)) : null,
    };
  }

  /** The position after which it begins. */
  async #startOf(clientId: string, { cursor, from, types }: ClientEventsRequest): Promise<Position> {
    if (cursor !== undefined && from !== undefined)
      throw new RequestMalformed('A list begins at one place.', [
        { pointer: '/from', detail: 'must be left out where cursor is given' },
      ]);
    if (from !== undefined && /^\d+$/.test(from)) return BigInt(from) - 1n;
    if (from !== undefined && isInstantText(from))
      return await this.queries.execute(new FindEventPlace(clientId, Date.parse(from)));
    const scope = scopeOf(clientId, types ?? null);
    if (cursor !== undefined) return BigInt(this.cursors.read(scope, cursor));
    return from === undefined ? -1n : BigInt(this.cursors.read(scope, from, faultOfFrom));
  }
}

const scopeOf = (clientId: string, types: readonly string[] | null): readonly unknown[] => ['events', clientId, types];

const faultOfFrom = {
  pointer: '/from',
  detail: 'must be a time (RFC 3339), a position or a next_cursor of the same list with the same filters',
};
