import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { CancelJob } from '../../jobs/domain/job.commands.js';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { Refusal } from '../../kernel/refusal.js';
import { Clock } from '../../platform/clock/clock.js';
import { CancelOccurrence } from '../domain/occurrence.commands.js';
import { scheduleStream } from '../schedule.stream.js';

/** The job may not have been submitted yet. */
class NotThereYet extends Error {}

/** A job that is not there after this long was erased, or refused for good. */
const maxWaitMs = 10 * 60_000;

@CommandHandler(CancelOccurrence)
export class CancelOccurrenceHandler implements Handles<CancelOccurrence> {
  constructor(
    private readonly commands: CommandSender,
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  async execute(order: CancelOccurrence): Promise<TimerAnswer> {
    const { jobId, replacedAt, cause } = order;
    try {
      await this.commands.send(new CancelJob(jobId, 'replaced by a later occurrence').because(cause));
    } catch (error) {
      // However long a store has been away, the cancel still stands.
      if (!(error instanceof Refusal) || error.passes) throw error;
      const mayCome = error.kind === 'not-found' && this.clock.now() < replacedAt + maxWaitMs;
      if (mayCome && !(await this.#isRejected(order))) throw new NotThereYet(error.message, { cause: error });
    }
    return 'done';
  }

  /** There was no room for the job, so it never comes. */
  async #isRejected({ scheduleId, jobId }: CancelOccurrence): Promise<boolean> {
    if (scheduleId === null) return false;
    const { state } = await this.streams.load(scheduleStream, scheduleId);
    return state.state === 'LIVE' && state.rejected.includes(jobId);
  }
}
