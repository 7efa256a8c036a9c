import { type Saga, send } from '../../kernel/saga.js';
import { CancelOccurrence, SubmitOccurrence } from '../domain/occurrence.commands.js';
import { type OccurrenceFired } from '../domain/schedule.events.js';

/** An occurrence that fired gets its job, and ends those it takes the place of. */
export const firedOccurrences: Saga<OccurrenceFired> = {
  name: 'fired-occurrences',
  categories: ['schedule'],
  types: ['OccurrenceFired'],
  react({ event: { data }, metadata }) {
    const { scheduleId, version, jobId, cancels } = data;
    return [
      send(new SubmitOccurrence(scheduleId, version, jobId)),
      ...cancels.map((other) => send(new CancelOccurrence(other, metadata.at, scheduleId))),
    ];
  },
};
