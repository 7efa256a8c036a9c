import { type HistoryEvent } from './history.js';

/** The events of each job, in the order of the log. */
export function jobsIn(events: readonly HistoryEvent[]): ReadonlyMap<string, readonly HistoryEvent[]> {
  const jobs = new Map<string, HistoryEvent[]>();
  for (const event of events) {
    const known = jobs.get(event.jobId);
    if (known === undefined) jobs.set(event.jobId, [event]);
    else known.push(event);
  }
  return jobs;
}

/** The event that a job begins with, where the log has it. */
export const createdIn = (events: readonly HistoryEvent[]): HistoryEvent | undefined =>
  events.find(({ name }) => name === 'JobCreated');

export const textIn = (event: HistoryEvent | undefined, member: string): string | null => {
  const value = event?.data[member];
  return typeof value === 'string' ? value : null;
};

/** An instant among the members, in ms since the epoch. */
export function instantIn(event: HistoryEvent | undefined, member: string): number | null {
  const text = textIn(event, member);
  return text === null ? null : Date.parse(text);
}
