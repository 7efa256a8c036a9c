import { Controller, Delete, HttpCode, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Command } from '../../kernel/message.js';
import { Clock } from '../../platform/clock/clock.js';
import { Answers, Refuses, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { Needs, Takes, TakesPath } from '../../platform/http/route.rules.js';
import { readerOf } from '../../platform/http/validation/request-reader.js';
import { Written } from '../../platform/http/written.js';
import { derivedId, Ids } from '../../platform/ids/ids.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeclareSchedule,
  DeleteSchedule,
  PauseSchedule,
  ResumeSchedule,
  TriggerSchedule,
} from '../domain/schedule.commands.js';
import { type Scheduled } from '../domain/schedule.outcomes.js';
import { type ScheduleAnswer, scheduleAnswer, scheduleSchema } from '../queries/schedule.response.js';
import { viewOf } from '../domain/schedule.view.js';
import { ScheduleOwners } from '../queries/schedule-owners.js';
import { ScheduleReading } from './schedule-reading.js';
import { deletedScheduleSchema, triggeredSchema } from './schedule.openapi.js';
import {
  ChangeScheduleRequest,
  CreateScheduleRequest,
  DeclareScheduleRequest,
  NoFieldsRequest,
  ScheduleNamePath,
} from './schedule.requests.js';

@Controller('v1/schedules')
@Needs('client')
export class SchedulesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly reading: ScheduleReading,
    private readonly owners: ScheduleOwners,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Summary('Make a schedule', 'createSchedule')
  @Answers(201, scheduleSchema, { headers: { Location: 'The path of the new schedule.' } })
  @Refuses('RFA_SCHEDULE_CONFLICT')
  @Takes(CreateScheduleRequest)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<ScheduleAnswer>> {
    const { clientId } = callerOf(request);
    const at = this.clock.now();
    const { rule, paused } = this.reading.readNew(request.body, clientId, at);
    const scheduleId = this.ids.next();
    const command = new CreateSchedule(scheduleId, clientId, rule, paused ?? false, at);
    reply.header('location', `/v1/schedules/${scheduleId}`);
    return await this.#send(command, request);
  }

  @Put('by-name/:name')
  @Summary('Make the schedule of a name, or bring it to this rule', 'declareSchedule')
  @Answers(201, scheduleSchema, { description: 'It is new.', headers: { Location: 'The path of the new schedule.' } })
  @Answers(200, scheduleSchema, { description: 'It was there, and is as the request says.' })
  @Takes(DeclareScheduleRequest)
  @TakesPath(ScheduleNamePath)
  async declare(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<ScheduleAnswer>> {
    const { clientId } = callerOf(request);
    const at = this.clock.now();
    const { rule, paused } = this.reading.readDeclared(name, request.body, clientId, at);
    const command = new DeclareSchedule(this.ids.next(), clientId, rule, paused, at).because(
      causeOf(request, this.ids),
    );
    const { schedule, position, isNew } = await this.commands.send(command);
    if (isNew) reply.status(201).header('location', `/v1/schedules/${schedule.scheduleId}`);
    return new Written(scheduleAnswer(viewOf(schedule)), position);
  }

  @Patch(':schedule_id')
  @Summary('Change a schedule; what is not named stays', 'updateSchedule')
  @Answers(200, scheduleSchema)
  @Refuses('RFA_SCHEDULE_CONFLICT')
  @Takes(ChangeScheduleRequest)
  async change(@Param('schedule_id') id: string, @Req() request: FastifyRequest): Promise<Written<ScheduleAnswer>> {
    const { clientId } = callerOf(request);
    const scheduleId = await this.owners.scheduleOf(clientId, id);
    const at = this.clock.now();
    const { rule, paused } = this.reading.readChanges(request.body, clientId, at);
    return await this.#send(new ChangeSchedule(scheduleId, rule, paused, at), request);
  }

  @Post(':schedule_id/pause')
  @HttpCode(200)
  @Summary('Pause a schedule', 'pauseSchedule')
  @Answers(200, scheduleSchema)
  @Takes(NoFieldsRequest)
  async pause(@Param('schedule_id') id: string, @Req() request: FastifyRequest): Promise<Written<ScheduleAnswer>> {
    const scheduleId = await this.#named(id, request);
    return await this.#send(new PauseSchedule(scheduleId), request);
  }

  @Post(':schedule_id/resume')
  @HttpCode(200)
  @Summary('Resume a schedule', 'resumeSchedule')
  @Answers(200, scheduleSchema)
  @Takes(NoFieldsRequest)
  async resume(@Param('schedule_id') id: string, @Req() request: FastifyRequest): Promise<Written<ScheduleAnswer>> {
    const scheduleId = await this.#named(id, request);
    return await this.#send(new ResumeSchedule(scheduleId), request);
  }

  @Post(':schedule_id/trigger')
  @HttpCode(200)
  @Summary('Submit the job of a schedule now', 'triggerSchedule')
  @Answers(200, triggeredSchema)
  @Takes(NoFieldsRequest)
  async trigger(
    @Param('schedule_id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<Written<{ schedule_id: string; job_id: string }>> {
    const scheduleId = await this.#named(id, request);
    const cause = causeOf(request, this.ids);
    const jobId = derivedId('triggered', scheduleId, cause.commandId);
    const command = new TriggerSchedule(scheduleId, jobId).because(cause);
    const { position } = await this.commands.send(command);
    return new Written({ schedule_id: scheduleId, job_id: jobId }, position);
  }

  @Delete(':schedule_id')
  @Summary('Delete a schedule; its jobs stay', 'deleteSchedule')
  @Answers(200, deletedScheduleSchema)
  async remove(@Param('schedule_id') id: string, @Req() request: FastifyRequest): Promise<Written<{ deleted: true }>> {
    const scheduleId = await this.owners.scheduleOf(callerOf(request).clientId, id);
    const command = new DeleteSchedule(scheduleId).because(causeOf(request, this.ids));
    const { position } = await this.commands.send(command);
    return new Written({ deleted: true as const }, position);
  }

  /** For calls that say nothing but which schedule. */
  async #named(id: string, request: FastifyRequest): Promise<string> {
    const scheduleId = await this.owners.scheduleOf(callerOf(request).clientId, id);
    readerOf(NoFieldsRequest).read(request.body);
    return scheduleId;
  }

  async #send(command: Command<Scheduled>, request: FastifyRequest): Promise<Written<ScheduleAnswer>> {
    const { schedule, position } = await this.commands.send(command.because(causeOf(request, this.ids)));
    return new Written(scheduleAnswer(viewOf(schedule)), position);
  }
}
