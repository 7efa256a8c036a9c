import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

const ends = new Set(['JobSucceeded', 'JobFailed', 'JobCanceled']);

export const doubled: Invariant = {
  name: 'doubled',
  promise:
    'One key makes one job of one request, each answer names the same one and tells a repeat of it so, each run has one outcome, and nothing succeeds twice.',

  /** Each key that was taken more than once. */
  casesIn: ({ submits }: History): number => {
    const taken = submits.filter(({ jobId }) => jobId !== null).map(({ key }) => key);
    return taken.length - new Set(taken).size;
  },

  *faultsIn(history: History): Iterable<Fault> {
    const jobs = jobsIn(history.events);
    yield* keysWithTwoJobs(jobs);
    yield* keysWithTwoAnswers(history);
    for (const [jobId, events] of jobs) yield* secondOutcomes(jobId, events);
  },
};

function* keysWithTwoJobs(jobs: ReadonlyMap<string, readonly HistoryEvent[]>): Iterable<Fault> {
  const owners = new Map<string, string>();
  for (const [jobId, events] of jobs) {
    const key = textIn(createdIn(events), 'idempotency_key');
    if (key === null) continue;
    const owner = owners.get(key);
    if (owner !== undefined) yield { jobId, text: `key ${key} made jobs ${owner} and ${jobId}` };
    owners.set(key, jobId);
  }
}

function* keysWithTwoAnswers({ submits }: History): Iterable<Fault> {
  const told = new Map<string, History['submits'][number]>();
  const made = new Set<string>();
  for (const submit of submits) {
    const { key, jobId, isOther, replayed, inBatch } = submit;
    if (jobId === null) continue;
    // The answer to an item of a batch has no place for it.
    if (!replayed && inBatch === null) {
      if (made.has(key)) yield { jobId, text: `key ${key} was answered twice as if it had made a job just then` };
      made.add(key);
    }
    const before = told.get(key) ?? submit;
    told.set(key, before);
    if (before.jobId !== jobId)
      yield { jobId, text: `key ${key} was answered with jobs ${before.jobId ?? 'none'} and ${jobId}` };
    if (before.isOther !== isOther) yield { jobId, text: `key ${key} was taken for two different requests` };
  }
}

/** A run begins with JobQueued, and one that follows an end without it is a second outcome. */
function* secondOutcomes(jobId: string, events: readonly HistoryEvent[]): Iterable<Fault> {
  let outcome: string | null = null;
  let successes = 0;
  for (const { name, revision } of events) {
    if (name === 'JobQueued') outcome = null;
    if (!ends.has(name)) continue;
    if (outcome !== null) yield { jobId, text: `job ${jobId}@${revision} has ${name} after ${outcome}` };
    outcome = name;
    if (name === 'JobSucceeded') successes += 1;
  }
  if (successes > 1) yield { jobId, text: `job ${jobId} succeeded ${successes} times` };
}
