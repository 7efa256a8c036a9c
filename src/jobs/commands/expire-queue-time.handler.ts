import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ExpireQueueTime } from '../domain/job.commands.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { jobKind } from '../job.kind.js';

@CommandHandler(ExpireQueueTime)
export class ExpireQueueTimeHandler implements ICommandHandler<ExpireQueueTime> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ExpireQueueTime): Promise<TimerAnswer> {
    const { state, events } = await this.streams.decideOn(jobKind, command.jobId, command);
    if (events.length > 0 || state.state !== 'QUEUED' || state.attempts.number !== command.attempt) return 'done';
    // Too early by the decider's clock.
    const { queueDeadlineAt } = state.attempts;
    return queueDeadlineAt === null ? 'done' : { again: queueDeadlineAt };
  }
}
