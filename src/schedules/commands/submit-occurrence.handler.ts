import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { type JobDefinition, SubmitJob } from '../../jobs/domain/job.commands.js';
import { Refusal } from '../../kernel/refusal.js';
import { SubmitOccurrence } from '../domain/occurrence.commands.js';
import { NoteOccurrenceEnded } from '../domain/schedule.commands.js';
import { type ScheduleRule } from '../domain/schedule.events.js';
import { ScheduleNotFound } from '../domain/schedule.refusals.js';
import { scheduleKind } from '../schedule.kind.js';

@CommandHandler(SubmitOccurrence)
export class SubmitOccurrenceHandler implements ICommandHandler<SubmitOccurrence> {
  constructor(
    private readonly streams: Streams,
    private readonly commands: CommandBus,
  ) {}

  async execute({ scheduleId, version, jobId, cause }: SubmitOccurrence): Promise<TimerAnswer> {
    const { clientId, rule } = await this.ruleOf(scheduleId, version);
    const definition: JobDefinition = {
      ...(JSON.parse(rule.job.definition) as JobDefinition),
      payload: rule.job.payload,
      scheduleId,
    };
    // The id is the occurrence's own, so it also tells a repeat from anything else.
    const command = new SubmitJob(jobId, clientId, definition, null, jobId);
    const correlationId = definition.correlationId ?? cause.correlationId;
    try {
      await this.commands.execute(command.because({ ...cause, correlationId }));
    } catch (error) {
      // A full queue or a store that is away is not the end of the matter: the timer comes again.
      if (!(error instanceof Refusal) || error.passes) throw error;
      // There will be no job, so nothing must wait for its end.
      await this.commands.execute(new NoteOccurrenceEnded(scheduleId, jobId).because(cause));
    }
    return 'done';
  }

  /** The version the occurrence was decided under; nearly always the one in force. */
  private async ruleOf(
    scheduleId: string,
    version: number,
  ): Promise<{ readonly clientId: string; readonly rule: ScheduleRule }> {
    const { state } = await this.streams.recall(scheduleKind, scheduleId);
    if (state.state === 'LIVE' && state.version === version) return state;
    for (const { event } of await this.streams.read(scheduleKind, scheduleId)) {
      const { type, data } = event;
      if ((type === 'ScheduleCreated' || type === 'ScheduleChanged') && data.version === version) return data;
    }
    throw new ScheduleNotFound(scheduleId);
  }
}
