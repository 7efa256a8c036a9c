import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ExpireQueueTime } from '../domain/job.commands.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { jobStream } from '../domain/job.stream.js';

@CommandHandler(ExpireQueueTime)
export class ExpireQueueTimeHandler implements Handles<ExpireQueueTime> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ExpireQueueTime): Promise<TimerAnswer> {
    const { state, events } = await this.streams.decideOn(jobStream, command.jobId, command);
    if (events.length > 0 || state.state !== 'QUEUED' || state.attempts.number !== command.attempt) return 'done';
    // Too early by the decider's clock.
    const { queueDeadlineAt } = state.attempts;
    return queueDeadlineAt === null ? 'done' : { again: queueDeadlineAt };
  }
}
