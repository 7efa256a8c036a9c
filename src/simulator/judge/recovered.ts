import { type CallOutcome } from '../records/records.js';
import { type History } from './history.js';
import { createdIn, jobsIn, textIn } from './jobs-in.js';

/** Calls of one sort whose outcome their caller never learned, or learned as a 5xx. */
export interface Recovered {
  readonly call: string;
  readonly unknown: number;
  /** Those of them whose effect is in the log. That is no broken promise, and neither is the other thing. */
  readonly inLog: number;
}

/** What was carried out although its answer did not say so, by the calls of which the log can tell. */
export function recoveredIn(histories: readonly History[]): readonly Recovered[] {
  const counts = new Map<string, { unknown: number; inLog: number }>();
  for (const { call, isInLog } of histories.flatMap((history) => [...unansweredIn(history)])) {
    const count = counts.get(call) ?? { unknown: 0, inLog: 0 };
    count.unknown += 1;
    if (isInLog) count.inLog += 1;
    counts.set(call, count);
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([call, count]) => ({ call, ...count }));
}

interface Unanswered {
  readonly call: string;
  readonly isInLog: boolean;
}

const eventOf = { complete: 'JobSucceeded', fail: 'JobFailed' } as const;
const isUnknown = ({ outcome }: { readonly outcome: CallOutcome }): boolean => outcome === 'unknown';

function* unansweredIn({ events, submits, ends, changes }: History): Iterable<Unanswered> {
  const jobs = jobsIn(events);
  const keys = new Set([...jobs.values()].map((history) => textIn(createdIn(history), 'idempotency_key')));
  for (const { key } of submits.filter(isUnknown)) yield { call: 'submit', isInLog: keys.has(key) };
  const ended = new Set(events.map((event) => `${event.name} ${textIn(event, 'lease_id') ?? ''}`));
  for (const { call, leaseId, isHangUp } of ends.filter(isUnknown))
    yield { call: isHangUp ? `${call}, not waited for` : call, isInLog: ended.has(`${eventOf[call]} ${leaseId}`) };
  const byClients = new Set(
    events
      .filter(({ actor }) => actor.startsWith('key:'))
      .map(({ jobId, name, data }) => `${name} ${String(data['reason'])} ${jobId}`),
  );
  const changed = { cancel: 'JobCanceled requested', retry: 'JobQueued retry' } as const;
  for (const { call, jobId } of changes.filter(isUnknown))
    yield { call, isInLog: byClients.has(`${changed[call]} ${jobId}`) };
}
