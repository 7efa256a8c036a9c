import { arm, type Saga, send } from '../../kernel/saga.js';
import { CancelOccurrence, SubmitOccurrence } from '../domain/occurrence.commands.js';
import { type OccurrenceFired } from '../domain/schedule.events.js';

/** By then a trigger has handed its job over, or its node has come to an end. */
const handedOverAfterMs = 5_000;

/** An occurrence that fired gets its job, and ends those it takes the place of. */
export const firedOccurrences: Saga<OccurrenceFired> = {
  name: 'fired-occurrences',
  categories: ['schedule'],
  types: ['OccurrenceFired'],
  react({ event: { data }, metadata }) {
    const { scheduleId, version, jobId, cancels, reason } = data;
    const submit = new SubmitOccurrence(scheduleId, version, jobId);
    return [
      // Who triggers it hands its job over as well, and comes to it first.
      reason === 'triggered' ? arm(jobId, metadata.at + handedOverAfterMs, submit) : send(submit),
      ...cancels.map((other) => send(new CancelOccurrence(other, metadata.at, scheduleId))),
    ];
  },
};
