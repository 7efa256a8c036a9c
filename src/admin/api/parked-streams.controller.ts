import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { type Page } from '../../platform/http/page.js';
import { Needs, ReadsFromAll, TakesPath } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { ReleaseParkedStream, SkipParkedEvent } from '../commands/parked-stream.commands.js';
import { ListParkedDecisions } from '../queries/list-parked-decisions.query.js';
import { ListParkedStreams } from '../queries/list-parked-streams.query.js';
import { type ParkedDecisionAnswer, type ParkedStreamAnswer } from '../queries/parked-stream.response.js';
import { parkedDecisionPageSchema, parkedStreamPageSchema, parkedStreamSchema } from './parked-stream.openapi.js';
import {
  ParkedStreamsPageRequest,
  parkedStreamFrom,
  ParkedStreamPath,
  ReleaseParkedStreamRequest,
  SkipParkedEventRequest,
} from './parked-stream.requests.js';

const carriedOut = { description: 'Recorded. The node that runs the follower carries it out, within about a second.' };

/** What waits behind events that followers could not apply, and what is decided about it. */
@Controller('v1/admin/projections/:name/parked')
@TakesPath(ParkedStreamPath)
@Needs('admin')
export class ParkedStreamsController {
  constructor(
    private readonly commands: CommandSender,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ReadsFromAll()
  @Summary('List the streams that wait behind an event that could not be applied', 'listParkedStreams')
  @Answers(200, parkedStreamPageSchema, { description: 'Oldest first.' })
  async list(
    @Param('name') follower: string,
    @Query() { cursor, limit }: ParkedStreamsPageRequest,
  ): Promise<Page<ParkedStreamAnswer>> {
    return await this.queries.execute(new ListParkedStreams(follower, cursor ?? null, limit ?? 50));
  }

  @Get('decisions')
  @ReadsFromAll()
  @Summary('List what was decided about parked streams', 'listParkedStreamDecisions')
  @Answers(200, parkedDecisionPageSchema, { description: 'Newest first, those that were carried out too.' })
  async decisions(
    @Param('name') follower: string,
    @Query() { cursor, limit }: ParkedStreamsPageRequest,
  ): Promise<Page<ParkedDecisionAnswer>> {
    return await this.queries.execute(new ListParkedDecisions(follower, cursor ?? null, limit ?? 50));
  }

  @Post(':stream/release')
  @Summary('Try a parked stream again', 'releaseParkedStream')
  @Answers(200, parkedStreamSchema, carriedOut)
  @HttpCode(200)
  async release(
    @Param('name') follower: string,
    @Param('stream') text: string,
    @Body() { reason }: ReleaseParkedStreamRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<ParkedStreamAnswer>> {
    const stream = parkedStreamFrom(text);
    const { actor } = callerOf(request);
    const command = new ReleaseParkedStream(follower, stream, actor, reason ?? null);
    return new Written(await this.commands.send(command), null);
  }

  @Post(':stream/skip')
  @Summary('Leave out the event that a parked stream waits behind', 'skipParkedEvent')
  @Answers(200, parkedStreamSchema, carriedOut)
  @HttpCode(200)
  async skip(
    @Param('name') follower: string,
    @Param('stream') text: string,
    @Body() { reason, event_id: eventId }: SkipParkedEventRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<ParkedStreamAnswer>> {
    const stream = parkedStreamFrom(text);
    const { actor } = callerOf(request);
    const command = new SkipParkedEvent(follower, stream, actor, reason, eventId ?? null);
    return new Written(await this.commands.send(command), null);
  }
}
