import { type Api } from './api.js';

export interface QueueHistory {
  /** Most jobs of the client that were leased at one time, by the order of the log. */
  readonly most: number;
  /** How many were completed. */
  readonly done: number;
}

/** What a client's jobs went through, by `GET /v1/events`. */
export async function queueHistoryOf(api: Api): Promise<QueueHistory> {
  let most = 0;
  let done = 0;
  const held = new Set<unknown>();
  let cursor: string | null = null;
  do {
    const page: { body: { items: { event_name: string; job_id: string }[]; next_cursor: string | null } } =
      await api.get(`/v1/events?limit=200${cursor === null ? '' : `&cursor=${cursor}`}`);
    for (const { event_name, job_id } of page.body.items) {
      if (event_name === 'JobAssigned') held.add(job_id);
      else if (['JobSucceeded', 'JobFailed', 'JobCanceled', 'JobQueued'].includes(event_name)) held.delete(job_id);
      if (event_name === 'JobSucceeded') done += 1;
      most = Math.max(most, held.size);
    }
    cursor = page.body.next_cursor;
  } while (cursor !== null);
  return { most, done };
}
