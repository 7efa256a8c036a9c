import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { QueueRetry } from '../domain/job.commands.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { jobStream } from '../domain/job.stream.js';

@CommandHandler(QueueRetry)
export class QueueRetryHandler implements Handles<QueueRetry> {
  constructor(private readonly streams: Streams) {}

  async execute(command: QueueRetry): Promise<TimerAnswer> {
    const { state, events } = await this.streams.decideOn(jobStream, command.jobId, command);
    const pending = state.state === 'FAILED' ? state.pendingRetry : null;
    // Too early by the decider's clock: without its timer the retry would never come.
    if (events.length === 0 && pending?.attempt === command.attempt) return { again: pending.retryAt };
    return 'done';
  }
}
