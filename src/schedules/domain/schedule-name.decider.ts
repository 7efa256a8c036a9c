import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type ScheduleNameCommand } from './schedule-name.commands.js';
import { type ScheduleNameEvent } from './schedule-name.events.js';
import { NameTakenAlready } from './schedule.refusals.js';

/** The schedule that holds a name of a client, if one does, and since when. */
export type ScheduleName = Readonly<{ holder: string; takenAt: Instant } | { holder: null }>;

/** A name of a client, held by one schedule: every name is a stream, and the first schedule written to it has it. */
export const scheduleNameDecider: Decider<ScheduleName, ScheduleNameCommand, ScheduleNameEvent> = {
  initialState: { holder: null },

  decide(command, held, at) {
    const { clientId, name, scheduleId } = command;
    const { holder } = held;
    switch (command.type) {
      case 'TakeName':
        if (holder === scheduleId) return [];
        if (held.holder !== null) throw new NameTakenAlready(name, held.holder, held.takenAt);
        return [{ type: 'NameTaken', data: { clientId, name, scheduleId, takenAt: at } }];
      case 'FreeName':
        return holder === scheduleId ? [{ type: 'NameFreed', data: { clientId, name, scheduleId } }] : [];
      default:
        return exhaustive(command);
    }
  },

  evolve: (_name, { type, data }) =>
    type === 'NameTaken' ? { holder: data.scheduleId, takenAt: data.takenAt } : { holder: null },
};
