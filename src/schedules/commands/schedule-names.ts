import { type Streams } from '../../engine/commands/streams.js';
import { type Instant } from '../../kernel/instant.js';
import { type Cause } from '../../kernel/message.js';
import { type Clock } from '../../platform/clock/clock.js';
import { FreeName, TakeName } from '../domain/schedule-name.commands.js';
import { nameKeptMs } from '../domain/schedule.decider.js';
import { NameTakenAlready } from '../domain/schedule.refusals.js';
import { scheduleNameId, scheduleNameStream } from '../schedule.stream.js';

/** For which schedule a name is held, and since when at the latest. */
interface HeldName {
  readonly scheduleId: string;
  readonly takenAt: Instant;
}

/** Takes and frees the names of schedules. What is not freed here is freed by a saga, a little later. */
export class ScheduleNames {
  constructor(
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  /** Answers with when it was taken at the latest. Throws `NameTakenAlready`. */
  async take(clientId: string, name: string, scheduleId: string, cause: Cause): Promise<Instant> {
    const askedAt = this.clock.now();
    const command = new TakeName(clientId, name, scheduleId).because(cause);
    await this.streams.decideOn(scheduleNameStream, scheduleNameId(clientId, name), command);
    return askedAt;
  }

  /** Takes a name for a schedule where it is free; else answers with the schedule that holds it. */
  async takeOrJoin(clientId: string, name: string, scheduleId: string, cause: Cause): Promise<HeldName> {
    try {
      return { scheduleId, takenAt: await this.take(clientId, name, scheduleId, cause) };
    } catch (error) {
      if (!(error instanceof NameTakenAlready)) throw error;
      return { scheduleId: error.scheduleId, takenAt: error.takenAt };
    }
  }

  /** Whether a name was taken so long ago that the command that took it can no longer write under it. */
  isOverdue(takenAt: Instant): boolean {
    return this.clock.now() - takenAt > nameKeptMs;
  }

  async free(clientId: string, name: string, scheduleId: string, cause: Cause): Promise<void> {
    const command = new FreeName(clientId, name, scheduleId).because(cause);
    await this.streams.decideOn(scheduleNameStream, scheduleNameId(clientId, name), command);
  }
}
