import { type HistoryEvent } from '../judge/history.js';

/** Whether an event ends its job. */
export const isFinal = ({ name, data }: HistoryEvent): boolean =>
  name === 'JobSucceeded' || name === 'JobCanceled' || (name === 'JobFailed' && data['will_retry'] === false);
