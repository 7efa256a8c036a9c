import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { CancelJob } from '../../jobs/domain/job.commands.js';
import { Refusal } from '../../kernel/refusal.js';
import { Clock } from '../../platform/clock/clock.js';
import { CancelOccurrence } from '../domain/occurrence.commands.js';

/** The job may not have been submitted yet. */
class NotThereYet extends Error {}

/** A job that is not there after this long was refused or erased. */
const patienceMs = 10 * 60_000;

@CommandHandler(CancelOccurrence)
export class CancelOccurrenceHandler implements ICommandHandler<CancelOccurrence> {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  async execute({ jobId, replacedAt, cause }: CancelOccurrence): Promise<TimerAnswer> {
    try {
      await this.commands.execute(new CancelJob(jobId, 'replaced by a later occurrence').because(cause));
    } catch (error) {
      // However long a store has been away, the cancel still stands.
      if (!(error instanceof Refusal) || error.passes) throw error;
      if (error.kind === 'not-found' && this.clock.now() < replacedAt + patienceMs)
        throw new NotThereYet(error.message, { cause: error });
    }
    return 'done';
  }
}
