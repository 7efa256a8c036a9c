import { CommandHandler } from '@nestjs/cqrs';
import { ExpireTotalTime } from '../domain/job.commands.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { isHeld } from '../domain/job.state.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(ExpireTotalTime)
export class ExpireTotalTimeHandler implements Handles<ExpireTotalTime> {
  constructor(private readonly progress: KeptProgress) {}

  async execute(command: ExpireTotalTime): Promise<TimerAnswer> {
    const { state, events } = await this.progress.decideOn(command);
    if (events.length > 0 || (state.state !== 'QUEUED' && !isHeld(state))) return 'done';
    // Too early by the decider's clock.
    const { totalDeadlineAt } = state.attempts;
    return totalDeadlineAt === null ? 'done' : { again: totalDeadlineAt };
  }
}
