import type { Streams } from '../../engine/commands/streams.js';
import type { Instant } from '../../kernel/instant.js';
import type { Cause } from '../../kernel/message.js';
import type { Clock } from '../../platform/clock/clock.js';
import { FreeName, TakeName } from '../domain/schedule-name.commands.js';
import { scheduleNameId, scheduleNameKind } from '../schedule.kind.js';

/** Takes and frees the names of schedules. What is not freed here is freed by a saga, a little later. */
export class ScheduleNameDesk {
  constructor(
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  /** Answers with when it was taken at the latest. Throws `NameTakenAlready`. */
  async take(clientId: string, name: string, scheduleId: string, cause: Cause): Promise<Instant> {
    const askedAt = this.clock.now();
    const command = new TakeName(clientId, name, scheduleId).because(cause);
    await this.streams.decideOn(scheduleNameKind, scheduleNameId(clientId, name), command);
    return askedAt;
  }

  async free(clientId: string, name: string, scheduleId: string, cause: Cause): Promise<void> {
    const command = new FreeName(clientId, name, scheduleId).because(cause);
    await this.streams.decideOn(scheduleNameKind, scheduleNameId(clientId, name), command);
  }
}
