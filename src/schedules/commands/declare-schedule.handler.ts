import { CommandHandler } from '@nestjs/cqrs';
import { TooMuchContention } from '../../engine/commands/storage.refusals.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { type Instant } from '../../kernel/instant.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { sleep } from '../../platform/clock/timer.js';
import { DeclareSchedule } from '../domain/schedule.commands.js';
import { type Declared } from '../domain/schedule.outcomes.js';
import { ScheduleNameUnsettled, ScheduleTooSlow } from '../domain/schedule.refusals.js';
import { ScheduleNames } from './schedule-names.js';
import { scheduledFrom } from './scheduled.js';
import { scheduleStream } from '../schedule.stream.js';

/** Others get on meanwhile: a name is freed or borne within moments, and of several writers one is always taken. */
const maxRounds = 20;
const maxPauseMs = 200;

/**
 * Declares a schedule. The command that takes the name first decides which schedule it is; all others, on any node,
 * write to that same one. A name that was taken and not borne yet is no obstacle: the declaration itself makes the
 * schedule that it was taken for.
 */
@CommandHandler(DeclareSchedule)
export class DeclareScheduleHandler implements Handles<DeclareSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly names: ScheduleNames,
  ) {}

  /** Throws the refusal of the moment where that goes on for several seconds. */
  async execute(asked: DeclareSchedule): Promise<Declared> {
    for (let round = 1; ; round += 1)
      try {
        return await this.#declare(asked);
      } catch (error) {
        if (!isOfTheMoment(error) || round === maxRounds) throw error;
        await sleep(backoffMs(round, 10, maxPauseMs));
      }
  }

  async #declare({ scheduleId: id, clientId, rule, paused, cause }: DeclareSchedule): Promise<Declared> {
    const { scheduleId, takenAt } = await this.names.takeOrJoin(clientId, rule.name, id, cause);
    const command = new DeclareSchedule(scheduleId, clientId, rule, paused, takenAt).because(cause);
    try {
      const decided = await this.streams.decideOn(scheduleStream, scheduleId, command);
      return { ...scheduledFrom(scheduleId, decided), isNew: decided.events[0]?.type === 'ScheduleCreated' };
    } catch (error) {
      if (isOfTheMoment(error) && (await this.#isNeverBorne(scheduleId, takenAt)))
        await this.names.free(clientId, rule.name, scheduleId, cause);
      throw error;
    }
  }

  /** Whether nothing can be written any more under the name that this schedule holds. */
  async #isNeverBorne(scheduleId: string, takenAt: Instant): Promise<boolean> {
    const { state } = (await this.streams.load(scheduleStream, scheduleId)).state;
    return state === 'DELETED' || (state === 'NONE' && this.names.isOverdue(takenAt));
  }
}

const isOfTheMoment = (error: unknown): boolean =>
  error instanceof ScheduleNameUnsettled || error instanceof ScheduleTooSlow || error instanceof TooMuchContention;
