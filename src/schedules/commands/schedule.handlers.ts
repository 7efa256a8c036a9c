import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Positioned } from '../../kernel/recorded.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import {
  RecordOccurrenceEnded,
  PauseSchedule,
  RestoreOccurrence,
  ResumeSchedule,
  type ScheduleCommand,
} from '../domain/schedule.commands.js';
import { type Scheduled } from '../domain/schedule.outcomes.js';
import { scheduledFrom } from './scheduled.js';
import { scheduleStream } from '../schedule.stream.js';

const decide = async (streams: Streams, command: ScheduleCommand): Promise<Scheduled> =>
  scheduledFrom(command.scheduleId, await streams.decideOn(scheduleStream, command.scheduleId, command));

/** Handlers that only pass commands of schedules on. */
export const scheduleHandlers = [
  handledBy(Streams, PauseSchedule, decide),
  handledBy(Streams, ResumeSchedule, decide),
  handledBy(Streams, RestoreOccurrence, async (streams, command): Promise<Positioned> => {
    const { position } = await streams.decideOn(scheduleStream, command.scheduleId, command);
    return { position };
  }),
  handledBy(Streams, RecordOccurrenceEnded, async (streams, command): Promise<TimerAnswer> => {
    await streams.decideOn(scheduleStream, command.scheduleId, command);
    return 'done';
  }),
];
