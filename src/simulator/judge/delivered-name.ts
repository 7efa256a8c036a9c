import { type HistoryEvent } from './history.js';
import { createdIn, textIn } from './jobs-in.js';

/** How webhooks call an event of a job: `JobRetryScheduled` is `job.retry_scheduled`. */
export const deliveredName = (name: string): string =>
  `job.${name
    .slice('Job'.length)
    .replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase()}`;

/** Whether a webhook that asked for these gets what has this name. */
export const isAskedFor = (name: string, filters: readonly string[]): boolean =>
  filters.some(
    (filter) => filter === '*' || filter === name || (filter.endsWith('.*') && name.startsWith(filter.slice(0, -1))),
  );

/** The application event that a job published, once it has succeeded; null where it is no such job. */
export function publishedBy(events: readonly HistoryEvent[]): string | null {
  const created = createdIn(events);
  if (textIn(created, 'job_type') !== 'EMIT_EVENT' || !events.some(({ name }) => name === 'JobSucceeded')) return null;
  const payload = created?.data['payload'];
  if (typeof payload !== 'object' || payload === null || !('event_name' in payload)) return null;
  return typeof payload.event_name === 'string' ? payload.event_name : null;
}
