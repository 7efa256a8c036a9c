import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../src/kernel/refusal.js';
import { type JobCommand } from '../../src/jobs/domain/job.commands.js';
import { jobDecider } from '../../src/jobs/domain/job.decider.js';
import { type JobDefinition, type JobEvent, nextStateOf, prevStateOf } from '../../src/jobs/domain/job.events.js';
import { reportOf } from '../../src/jobs/domain/job.report.js';
import { isExisting, type Job } from '../../src/jobs/domain/job.state.js';
import { viewOf } from '../../src/jobs/domain/job.view.js';
import { recorded, timeOf } from '../support/job-events.js';
import { type Expected, ModelJob } from './job-model.js';
import { type Turn, asked, submission, turns } from './job-orders.js';

type C = Readonly<{ command: JobCommand; at: number; events: readonly JobEvent[] }>;

interface Run {
  readonly told: readonly C[];
  readonly jobs: readonly Job[];
  readonly model: ModelJob;
}

/** Tells the same commands to decider and model, and compares them after every one. */
function run(what: JobDefinition, given: readonly Turn[]): Run {
  const model = new ModelJob();
  const told: C[] = [];
  const jobs: Job[] = [];
  let job = jobDecider.initialState;
  let at = 0;
  for (const turn of [{ order: () => submission(what), afterMs: 0 }, ...given]) {
    at = Math.max(0, at + turn.afterMs);
    const command = turn.order(model);
    const decided = decide(command, job, at);
    same(named(decided), model.tell(command, at), command.type);
    const events = decided === 'refused' ? [] : decided;
    for (const event of events) {
      same(prevStateOf(event), job.state === 'NONE' ? null : job.state, event.type);
      job = jobDecider.evolve(job, event);
      jobs.push(job);
      if (event.type === 'JobRetryScheduled') model.retryAt = event.data.retryAt;
    }
    told.push({ command, at, events });
    same(job.state, model.state, command.type);
    if (decided !== 'refused') same(named(decide(command, job, at)), [], `${command.type} told twice`);
  }
  return { told, jobs, model };
}

/** Cheaper than `expect`, which is too slow for what is said a million times. */
function same(actual: unknown, wanted: unknown, about = 'the history'): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (is !== should) throw new Error(`${about}: ${is} where ${should} was expected`);
}

function atLeast(actual: number, least: number): void {
  if (!(actual >= least)) throw new Error(`${actual} is less than ${least}`);
}

function decide(command: JobCommand, job: Job, at: number): readonly JobEvent[] | 'refused' {
  try {
    return jobDecider.decide(command, job, at);
  } catch (refusal) {
    if (refusal instanceof Refusal) return 'refused';
    throw refusal;
  }
}

const named = (decided: readonly JobEvent[] | 'refused'): Expected =>
  decided === 'refused' ? decided : decided.map(({ type }) => type);

const holds = (check: (past: Run, what: JobDefinition) => void, numRuns = 1_500) => {
  fc.assert(
    fc.property(asked, turns, (what, given) => {
      check(run(what, given), what);
    }),
    { numRuns },
  );
};

const logOf = ({ told }: Run): readonly JobEvent[] => told.flatMap(({ events }) => events);
const isFinal = ({ type, data }: JobEvent): boolean =>
  type === 'JobSucceeded' || type === 'JobCanceled' || (type === 'JobFailed' && !data.willRetry);

/** Names the kinds of event that are easily missed by chance. */
function cornerOf({ type, data }: JobEvent): string {
  if (type === 'JobQueued' || type === 'JobRetriesExhausted') return `${type} ${data.reason}`;
  if (type === 'JobFailed') return `${type} ${data.reason}${data.charged ? '' : ' free'}`;
  return type === 'JobCanceled' ? `${type} ${data.reason}` : type;
}

const everyCorner = [
  ...['submitted', 'due', 'retry', 'lease_expired', 'released'].map((reason) => `JobQueued ${reason}`),
  ...['error', 'timeout', 'worker_lost', 'interrupted', 'interrupted free'].map((reason) => `JobFailed ${reason}`),
  ...['attempts_used_up', 'worker_lost'].map((reason) => `JobRetriesExhausted ${reason}`),
  ...['requested', 'queue_timeout', 'total_timeout'].map((reason) => `JobCanceled ${reason}`),
  ...['JobProgressed', 'JobSucceeded', 'JobRetryScheduled'],
];

describe('any history of a job', () => {
  it('agrees with the model, takes no command twice, and comes round every corner', () => {
    const corners = new Set<string>();
    holds((past) => {
      for (const event of logOf(past)) corners.add(cornerOf(event));
    }, 4_000);
    for (const corner of everyCorner) same(corners.has(corner), true, corner);
  });

  it('has one live lease at most, and every end names it', () => {
    holds((past) => {
      let live: { leaseId: string; workerId: string } | null = null;
      const seen = new Set<string>();
      for (const { type, data } of logOf(past)) {
        if (type === 'JobAssigned') {
          same(live, null);
          same(seen.has(data.leaseId) && data.leaseId !== 'other', false);
          seen.add(data.leaseId);
          live = data;
        }
        if (type === 'JobStarted' || type === 'JobSucceeded' || type === 'JobFailed') {
          same([data.leaseId, data.workerId], [live?.leaseId, live?.workerId]);
        }
        if (type === 'JobCanceled') same(data.facts?.leaseId ?? null, live?.leaseId ?? null);
        if (['JobSucceeded', 'JobFailed', 'JobCanceled', 'JobQueued'].includes(type)) live = null;
      }
    });
  });

  it('numbers its attempts without a hole', () => {
    holds((past) => {
      let last = 0;
      for (const { type, data } of logOf(past)) {
        if (type === 'JobQueued') {
          const isNext = ['submitted', 'due', 'retry'].includes(data.reason);
          same(data.attempt, isNext ? last + 1 : last);
          last = data.attempt;
        }
        if (type === 'JobAssigned' || type === 'JobSucceeded' || type === 'JobFailed') same(data.attempt, last);
        if (type === 'JobRetryScheduled') same(data.attempt, last + 1);
      }
    });
  });

  it('has one final outcome at most, unless someone asks for another attempt', () => {
    holds((past) => {
      const revivals = past.told.filter(({ command, events }) => command.type === 'RetryJob' && events.length > 0);
      const log = logOf(past);
      atLeast(1 + revivals.length, log.filter(isFinal).length);
      const end = log.findIndex(({ type }) => type === 'JobSucceeded' || type === 'JobCanceled');
      if (end !== -1) same(log.slice(end + 1), []);
    });
  });

  it('is charged no more attempts than allowed, unless forced', () => {
    holds((past, { retry }) => {
      const charged = logOf(past).filter(({ type, data }) => type === 'JobFailed' && data.charged).length;
      const forced = past.told.filter(({ command }) => command.type === 'RetryJob' && command.force).length;
      atLeast(retry.maxAttempts + forced, charged);
    });
  });

  it('is never early: not its queueing, its lease, its retry, its expiry or its time-out', () => {
    holds((past, { executionAt, retry }) => {
      let failedAt = 0;
      let charged = 0;
      let retryAt = 0;
      let leaseEndsAt = 0;
      let deadlines = { queue: Infinity, total: Infinity };
      for (const { command, events } of past.told) {
        for (const { type, data } of events) {
          if (type === 'JobQueued') {
            atLeast(data.queuedAt, executionAt ?? 0);
            if (command.type === 'QueueRetry') atLeast(data.queuedAt, retryAt);
            if (data.reason === 'lease_expired') atLeast(data.queuedAt, leaseEndsAt);
            deadlines = { queue: data.queueDeadlineAt ?? Infinity, total: data.totalDeadlineAt ?? Infinity };
          }
          if (type === 'JobAssigned') atLeast(data.assignedAt, executionAt ?? 0);
          if (type === 'JobAssigned') atLeast(deadlines.queue, data.assignedAt + 1);
          if (type === 'JobAssigned' || type === 'JobStarted') leaseEndsAt = data.expiresAt;
          if (type === 'JobStarted') atLeast(data.deadlineAt, data.expiresAt);
          if (type === 'JobFailed') {
            failedAt = data.finishedAt;
            if (data.charged) charged += 1;
            if (command.type === 'ExpireLease') atLeast(failedAt, leaseEndsAt);
          }
          if (type === 'JobRetryScheduled') {
            retryAt = data.retryAt;
            const wish = command.type === 'FailJob' ? command.retryAfterMs : null;
            const most =
              wish ?? Math.min(retry.backoffMaxMs, retry.backoffBaseMs * retry.backoffFactor ** (charged - 1));
            const least = wish !== null || retry.jitter === 'none' ? most : 0;
            atLeast(retryAt - failedAt, least);
            atLeast(most, retryAt - failedAt);
          }
          if (type === 'JobCanceled' && data.reason === 'queue_timeout') {
            atLeast(data.finishedAt, deadlines.queue);
          }
          if (type === 'JobCanceled' && data.reason === 'total_timeout') {
            atLeast(data.finishedAt, deadlines.total);
          }
        }
      }
    });
  });

  it('is shown by view and report as it was, after every event', () => {
    holds((past) => {
      const log = recorded(logOf(past), timeOf);
      past.jobs.forEach((job, index) => {
        const soFar = log.slice(0, index + 1);
        const view = viewOf(soFar);
        const report = reportOf(soFar);
        if (!isExisting(job)) throw new Error('an event of the job leaves it unknown');
        const attempts = 'attempts' in job ? job.attempts : null;
        same([view?.state, view?.attempt, view?.revision], [job.state, attempts?.number ?? 0, index]);
        same(view?.nextRetryAt ?? null, job.state === 'FAILED' ? (job.pendingRetry?.retryAt ?? null) : null);
        const ends = soFar.map(({ event }) => event).filter(isFinal);
        same(view?.outcome === null, ends.length === 0 || !isFinalNow(job));
        same(report === null, ends.length === 0);
        same(report?.events.at(-1)?.nextState ?? job.state, job.state);
        if (report !== null) same(report.attempts.length, attempts?.number ?? 0);
        const end = ends.at(-1);
        if (end !== undefined) same(report?.finishedAt, timeOf(end));
        if (end !== undefined && report !== null) {
          same({ SUCCESS: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED' }[report.outcome], nextStateOf(end));
        }
      });
    }, 500);
  });
});

const isFinalNow = (job: Job): boolean =>
  job.state === 'SUCCEEDED' || job.state === 'CANCELED' || (job.state === 'FAILED' && !job.willRetry);
