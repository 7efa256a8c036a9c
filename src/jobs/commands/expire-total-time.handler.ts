import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ExpireTotalTime } from '../domain/job.commands.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { isHeld } from '../domain/job.state.js';
import { jobKind } from '../job.kind.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(ExpireTotalTime)
export class ExpireTotalTimeHandler implements ICommandHandler<ExpireTotalTime> {
  constructor(
    private readonly streams: Streams,
    private readonly progress: KeptProgress,
  ) {}

  async execute(command: ExpireTotalTime): Promise<TimerAnswer> {
    await this.progress.write([command.jobId]);
    const { state, events } = await this.streams.decideOn(jobKind, command.jobId, command);
    if (events.length > 0 || (state.state !== 'QUEUED' && !isHeld(state))) return 'done';
    // Too early by the decider's clock.
    const { totalDeadlineAt } = state.attempts;
    return totalDeadlineAt === null ? 'done' : { again: totalDeadlineAt };
  }
}
