import { type HistoryEvent } from './history.js';

/** How a job stands after its events, by the documented meaning of each. */
interface FoldedJob {
  readonly state: string;
  readonly outcome: string | null;
  readonly revision: number;
}

const statesAfter: Readonly<Record<string, string>> = {
  JobCreated: 'CREATED',
  JobQueued: 'QUEUED',
  JobAssigned: 'ASSIGNED',
  JobStarted: 'RUNNING',
  JobSucceeded: 'SUCCEEDED',
  JobFailed: 'FAILED',
  JobCanceled: 'CANCELED',
};

/** In which state an event leaves its job; null where it leaves that as it is. */
export const stateAfter = (name: string): string | null => statesAfter[name] ?? null;

export function jobAfter(events: readonly HistoryEvent[]): FoldedJob {
  let state = 'none';
  let willRetry = false;
  for (const { name, data } of events) {
    state = stateAfter(name) ?? state;
    if (name === 'JobFailed') willRetry = data['will_retry'] === true;
  }
  return { state, outcome: outcomeIn(state, willRetry), revision: events.at(-1)?.revision ?? -1 };
}

/** In which state an event of a job, the last of these, leaves it. */
export const stateLeftBy = (events: readonly HistoryEvent[]): string | null =>
  events.map(({ name }) => stateAfter(name)).findLast((state) => state !== null) ?? null;

function outcomeIn(state: string, willRetry: boolean): string | null {
  if (state === 'SUCCEEDED') return 'SUCCESS';
  if (state === 'CANCELED') return 'CANCELED';
  return state === 'FAILED' && !willRetry ? 'FAILED' : null;
}
