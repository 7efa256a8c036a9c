import { arm, type Saga, send } from '../../kernel/saga.js';
import { FreeUnusedName } from '../domain/schedule-name.commands.js';
import { type NameTaken } from '../domain/schedule-name.events.js';
import { nameKeptMs } from '../domain/schedule.decider.js';
import { type ScheduleChanged, type ScheduleDeleted } from '../domain/schedule.events.js';

/** A name that no schedule bears any more, or that none came to bear, is free again. */
export const scheduleNames: Saga<NameTaken | ScheduleChanged | ScheduleDeleted> = {
  name: 'schedule-names',
  categories: ['schedule', 'schedulename'],
  types: ['NameTaken', 'ScheduleChanged', 'ScheduleDeleted'],
  react({ event: { type, data } }) {
    const { clientId, scheduleId } = data;
    switch (type) {
      case 'NameTaken': {
        const { name, takenAt } = data;
        return [arm(`${scheduleId} ${name}`, takenAt + nameKeptMs, new FreeUnusedName(clientId, name, scheduleId))];
      }
      case 'ScheduleChanged':
        if (data.formerName === data.rule.name) return [];
        return [send(new FreeUnusedName(clientId, data.formerName, scheduleId))];
      case 'ScheduleDeleted':
        return [send(new FreeUnusedName(clientId, data.name, scheduleId))];
    }
  },
};
