import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { StoreUnavailable } from '../../engine/event-store/event-store.port.js';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Cause, type Handles } from '../../kernel/message.js';
import { Refusal } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/ids/ids.js';
import { SubmitOccurrence } from '../domain/occurrence.commands.js';
import { TriggerSchedule } from '../domain/schedule.commands.js';
import { type Scheduled } from '../domain/schedule.outcomes.js';
import { firedOccurrences } from '../sagas/fired-occurrences.saga.js';
import { scheduleStream } from '../schedule.stream.js';
import { LogEnd } from './log-end.js';
import { scheduledFrom } from './scheduled.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/**
 * Fires a schedule, and hands its job over before it answers: a caller finds the job that the answer names. The saga does the
 * same for what was fired and not handed over, and a job that is there already stays as it is.
 */
@CommandHandler(TriggerSchedule)
export class TriggerScheduleHandler implements Handles<TriggerSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly commands: CommandSender,
    private readonly log: LogEnd,
  ) {}

  async execute(command: TriggerSchedule): Promise<Scheduled> {
    const { scheduleId, jobId, cause } = command;
    const decided = await this.streams.decideOn(scheduleStream, scheduleId, command);
    failpoint('schedule.triggered');
    const scheduled = scheduledFrom(scheduleId, decided);
    const { correlationId, lastEventId } = decided.streamState;
    const submit = new SubmitOccurrence(scheduleId, scheduled.schedule.version, jobId).because({
      ...cause,
      commandId: derivedId('command', 'trigger', jobId),
      actor: `process:${firedOccurrences.name}`,
      correlationId,
      causationId: lastEventId,
    } satisfies Cause);
    try {
      await this.commands.send(submit);
      return { ...scheduled, position: await this.log.position() };
    } catch (error) {
      // It is fired for certain, and asked again it would fire once more; the saga comes to its job when it can.
      if (error instanceof StoreUnavailable || (error instanceof Refusal && error.passes)) return scheduled;
      throw error;
    }
  }
}
