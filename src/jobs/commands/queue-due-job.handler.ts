import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { QueueDueJob } from '../domain/job.commands.js';
import { jobStream } from '../domain/job.stream.js';

@CommandHandler(QueueDueJob)
export class QueueDueJobHandler implements Handles<QueueDueJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: QueueDueJob): Promise<TimerAnswer> {
    const { state, events } = await this.streams.decideOn(jobStream, command.jobId, command);
    // The decider's clock may be a little behind the timer's: it is asked again when the time has really come.
    if (events.length === 0 && state.state === 'CREATED' && state.definition.executionAt !== null)
      return { again: state.definition.executionAt };
    return 'done';
  }
}
