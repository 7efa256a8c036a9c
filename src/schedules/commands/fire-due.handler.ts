import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Uptimes } from '../../engine/followers/uptimes.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { FireDue } from '../domain/schedule.commands.js';
import { scheduleStream } from '../schedule.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

@CommandHandler(FireDue)
export class FireDueHandler implements Handles<FireDue> {
  constructor(
    private readonly streams: Streams,
    private readonly uptimes: Uptimes,
  ) {}

  async execute({ scheduleId, cause }: FireDue): Promise<TimerAnswer> {
    const command = new FireDue(scheduleId, await this.uptimes.outages()).because(cause);
    failpoint('schedule.fire');
    const { state, events } = await this.streams.decideOn(scheduleStream, scheduleId, command);
    failpoint('schedule.fired');
    // What was decided arms the next timer. Where it was too early, this one comes again.
    if (events.length > 0 || state.state !== 'LIVE' || state.nextAt === null) return 'done';
    return { again: state.nextAt };
  }
}
