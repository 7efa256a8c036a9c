import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { Refusal } from '../../kernel/refusal.js';
import { ChangeSchedule } from '../domain/schedule.commands.js';
import { type Scheduled } from '../domain/schedule.outcomes.js';
import { existingSchedule } from '../domain/schedule.state.js';
import { ScheduleNames } from './schedule-names.js';
import { scheduledFrom } from './scheduled.js';
import { scheduleStream } from '../schedule.stream.js';

@CommandHandler(ChangeSchedule)
export class ChangeScheduleHandler implements Handles<ChangeSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly names: ScheduleNames,
  ) {}

  async execute(asked: ChangeSchedule): Promise<Scheduled> {
    const { scheduleId, changes, paused, cause } = asked;
    const { name } = changes;
    if (name === undefined) return await this.#change(asked);
    const { state } = await this.streams.load(scheduleStream, scheduleId);
    const { clientId, rule } = existingSchedule(scheduleId, state);
    const takenAt = await this.names.take(clientId, name, scheduleId, cause);
    try {
      const changed = await this.#change(new ChangeSchedule(scheduleId, changes, paused, takenAt).because(cause));
      if (rule.name !== name) await this.names.free(clientId, rule.name, scheduleId, cause);
      return changed;
    } catch (error) {
      // Only where it is certain that nothing was written does no schedule bear the new name.
      const isCertain = error instanceof Refusal && !error.passes;
      if (isCertain && rule.name !== name) await this.names.free(clientId, name, scheduleId, cause);
      throw error;
    }
  }

  async #change(command: ChangeSchedule): Promise<Scheduled> {
    const { scheduleId } = command;
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleStream, scheduleId, command));
  }
}
