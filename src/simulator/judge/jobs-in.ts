import { type HistoryEvent, type JudgedMember } from './history.js';

interface Grouped {
  /** So many of the events. */
  count: number;
  readonly jobs: Map<string, HistoryEvent[]>;
}

/** Every judge asks for them, and a history only grows: each event is grouped once. */
const grouped = new WeakMap<readonly HistoryEvent[], Grouped>();

/** The events of each job, in the order of the log. */
export function jobsIn(events: readonly HistoryEvent[]): ReadonlyMap<string, readonly HistoryEvent[]> {
  const known = grouped.get(events) ?? { count: 0, jobs: new Map<string, HistoryEvent[]>() };
  grouped.set(events, known);
  const { jobs } = known;
  for (; known.count < events.length; known.count += 1) {
    const event = events[known.count];
    if (event === undefined) break;
    const ofJob = jobs.get(event.jobId);
    if (ofJob === undefined) jobs.set(event.jobId, [event]);
    else ofJob.push(event);
  }
  return jobs;
}

/** The event that a job begins with, where the log has it. */
export const createdIn = (events: readonly HistoryEvent[]): HistoryEvent | undefined =>
  events.find(({ name }) => name === 'JobCreated');

export const textIn = (event: HistoryEvent | undefined, member: JudgedMember): string | null => {
  const value = event?.data[member];
  return typeof value === 'string' ? value : null;
};

/** An instant among the members, in ms since the epoch. */
export function instantIn(event: HistoryEvent | undefined, member: JudgedMember): number | null {
  const text = textIn(event, member);
  return text === null ? null : Date.parse(text);
}

export const numberIn = (event: HistoryEvent | undefined, member: JudgedMember): number | null => {
  const value = event?.data[member];
  return typeof value === 'number' ? value : null;
};

/** For how long an attempt may run, as the first event of its job says. */
export function executionMsIn(created: HistoryEvent | undefined): number | null {
  const timeouts = created?.data['timeouts'] as { readonly execution_ms?: unknown } | undefined;
  return typeof timeouts?.execution_ms === 'number' ? timeouts.execution_ms : null;
}
