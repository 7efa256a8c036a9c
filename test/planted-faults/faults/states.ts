import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

/** Every job's events follow the table of states; revisions have no gaps. */
export const states: readonly PlantedFault[] = [
  {
    name: 'history-not-checked',
    breaks: 2,
    file: 'src/jobs/domain/job.evolve.ts',
    text: `if (!(states as readonly string[]).includes(job.state)) throw`,
    instead: `if (states.length === 0) throw`,
    noticedBy: {
      spec: 'src/jobs/domain/submit.spec.ts',
      test: 'is refused when an event cannot follow the ones before it',
    },
  },
  {
    name: 'retry-of-a-success',
    breaks: 2,
    file: 'src/jobs/domain/retry.ts',
    text: `    case 'SUCCEEDED':
    case 'CANCELED':
      throw`,
    instead: `    case 'SUCCEEDED':
      return [];
    case 'CANCELED':
      throw`,
    noticedBy: { spec: 'src/jobs/domain/retry.spec.ts', test: 'is refused for a job that did not fail' },
  },
  {
    name: 'retry-before-its-cancellation',
    breaks: 2,
    file: 'src/jobs/domain/cancel.ts',
    text: `[queued, canceled(evolve(job, queued), 'requested', note, at)]`,
    instead: `[canceled(evolve(job, queued), 'requested', note, at)]`,
    noticedBy: { spec: 'src/jobs/domain/cancel.spec.ts', test: 'ends a job that waits for its retry' },
  },
  {
    name: 'any-revision-will-do',
    breaks: 2,
    file: 'src/engine/event-store/postgres/append.sql.ts',
    text: `else coalesce(expected = coalesce((`,
    instead: `else coalesce(expected <= coalesce((`,
    noticedBy: { spec: 'test/conformance/postgres.spec.ts', test: 'names the actual revision when it does not fit' },
  },
  {
    name: 'revision-left-out',
    breaks: 2,
    file: 'src/engine/event-store/postgres/append.sql.ts',
    text: `coalesce(\${cutOfAsked}, 0) else expected + 1 end as first_revision`,
    instead: `coalesce(\${cutOfAsked}, 0) else expected + 2 end as first_revision`,
    noticedBy: { spec: 'test/conformance/postgres.spec.ts', test: 'names the actual revision when it does not fit' },
    foundBy: { invariant: 'gapped', args: brief },
  },
  {
    name: 'cancel-of-a-running-job-forgotten',
    breaks: 2,
    file: 'src/jobs/domain/cancel.ts',
    text: `    case 'RUNNING':
      return [canceled(known, 'requested', note, at)];`,
    instead: `      return [canceled(known, 'requested', note, at)];
    case 'RUNNING':
      return [];`,
    noticedBy: { spec: 'src/jobs/domain/cancel.spec.ts', test: 'ends it wherever it stands' },
    foundBy: { invariant: 'unheeded', args: brief },
  },
  {
    name: 'retry-that-is-only-said',
    breaks: 2,
    file: 'src/jobs/domain/retry.ts',
    text: `return queueNextAttempt(known, reason, at, due);`,
    instead: `return [];`,
    noticedBy: { spec: 'src/jobs/domain/retry.spec.ts', test: 'brings the pending one forward' },
    foundBy: { invariant: 'unheeded', args: brief },
  },
  {
    name: 'second-run-that-fails-like-the-first',
    breaks: 4,
    file: 'src/worker/synthetic-catalog.ts',
    text: `{ ending: 'fails retryably on the first attempt' }`,
    instead: `{ ending: 'fails retryably' }`,
    noticedBy: {
      spec: 'src/worker/synthetic-catalog.spec.ts',
      test: 'has the durations and outputs of the specification',
    },
    foundBy: { invariant: 'mistaken', args: brief },
  },
  {
    name: 'request-that-is-never-made',
    breaks: 4,
    file: 'src/worker/executors/http-request.executor.ts',
    text: `    let answer = await send(request);
    while`,
    instead: `    const wellDone = { kind: 'answered', status: 200, headers: {}, cookies: [], body: Buffer.from('') } as const;
    let answer = { ...wellDone, truncated: false, retryAfterMs: null } as SentAnswer;
    while`,
    noticedBy: { spec: 'test/acceptance/http-request-jobs.spec.ts', test: 'calls its target and keeps the answer' },
    foundBy: { invariant: 'mistaken', args: brief },
  },
  {
    name: 'output-of-twelve-characters',
    breaks: 4,
    file: 'src/worker/synthetic-output.ts',
    text: `const chars = kibibytes * 1024 - jsonQuotes`,
    instead: `const chars = jsonQuotes * 6`,
    noticedBy: {
      spec: 'src/worker/synthetic-catalog.spec.ts',
      test: 'puts out exactly its KiB of printable text as JSON',
    },
    foundBy: { invariant: 'mistaken', args: brief },
  },
];
