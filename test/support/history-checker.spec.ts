import { describe, expect, it } from '@jest/globals';
import { faultsIn, type LoggedEvent } from './history-checker.js';

type Step = readonly [type: string, data?: Readonly<Record<string, unknown>>, at?: number];

/** A log of one job, as if everything about its place were right. */
function log(steps: readonly Step[], jobId = 'j1', from = 0): LoggedEvent[] {
  return steps.map(([type, data = {}, at = 100 + from], index) => ({
    position: BigInt(from + index + 1),
    stream: `job-${jobId}`,
    revision: index,
    eventId: `${jobId}-${index}`,
    type,
    data: { jobId, clientId: 'c1', ...data },
    at,
  }));
}

const created: Step = ['JobCreated', { executionAt: null, idempotencyKey: null }];
const queued: Step = ['JobQueued', { attempt: 1, reason: 'submitted' }];
const lease = (leaseId: string, attempt = 1) => ({ leaseId, attempt });
const assigned = (leaseId = 'l1', attempt = 1): Step => ['JobAssigned', lease(leaseId, attempt)];
const started = (leaseId = 'l1', attempt = 1): Step => ['JobStarted', lease(leaseId, attempt)];
const succeeded = (leaseId = 'l1', attempt = 1): Step => ['JobSucceeded', lease(leaseId, attempt)];
const failed = (willRetry = true): Step => ['JobFailed', { ...lease('l1'), willRetry }];
const retryScheduled: Step = ['JobRetryScheduled', { attempt: 2 }];
const retried: Step = ['JobQueued', { attempt: 2, reason: 'retry' }];
const canceled: Step = ['JobCanceled'];
const whole = [created, queued, assigned(), started(), succeeded()];

describe('the history checker', () => {
  it.each<readonly [string, readonly Step[]]>([
    ['a job that ran', whole],
    [
      'a job that was tried again',
      [
        created,
        queued,
        assigned(),
        started(),
        failed(),
        retryScheduled,
        retried,
        assigned('l2', 2),
        started('l2', 2),
        succeeded('l2', 2),
      ],
    ],
    [
      'a lease that expired',
      [
        created,
        queued,
        assigned(),
        ['JobQueued', { attempt: 1, reason: 'lease_expired' }],
        assigned('l2'),
        started('l2'),
        succeeded('l2'),
      ],
    ],
    ['a job that was given up', [created, queued, assigned(), started(), failed(false), ['JobRetriesExhausted']]],
    ['a job that was cancelled while it ran', [created, queued, assigned(), started(), canceled]],
    ['a job that was erased', [...whole, ['JobErased']]],
  ])('has nothing against %s', (_, steps) => {
    expect(faultsIn(log(steps), { submitted: ['j1'], mustHaveEnded: true })).toEqual([]);
  });

  it.each<readonly [string, readonly Step[], RegExp]>([
    ['a start without a lease', [created, queued, started()], /cannot follow in state QUEUED/],
    ['two jobs in one', [created, created], /cannot follow in state CREATED/],
    ['two successes', [...whole, succeeded()], /cannot follow in state SUCCEEDED/],
    ['a life after a cancel', [created, queued, canceled, assigned()], /cannot follow in state CANCELED/],
    ['two live leases', [created, queued, assigned(), assigned('l2')], /gives lease l2 while l1 lives/],
    [
      'a lease that comes back',
      [created, queued, assigned(), ['JobQueued', { attempt: 1, reason: 'released' }], assigned()],
      /gives lease l1 again/,
    ],
    [
      'a completion with a stale lease',
      [created, queued, assigned(), started(), succeeded('l0')],
      /speaks with lease l0/,
    ],
    [
      'an attempt that is skipped',
      [created, queued, assigned(), started(), failed(), ['JobQueued', { attempt: 3, reason: 'retry' }]],
      /is attempt 3 where 2 belongs/,
    ],
    [
      'an attempt that is charged for an expiry',
      [created, queued, assigned(), ['JobQueued', { attempt: 2, reason: 'lease_expired' }]],
      /is attempt 2 where 1 belongs/,
    ],
    [
      'a queueing for the wrong reason',
      [created, ['JobQueued', { attempt: 1, reason: 'retry' }]],
      /says retry in state CREATED/,
    ],
    ['an end of another attempt', [created, queued, assigned(), started(), succeeded('l1', 2)], /is of attempt 2/],
    [
      'a retry that was excluded',
      [created, queued, assigned(), started(), failed(false), retryScheduled],
      /the failure excluded/,
    ],
    ['a deferred job that starts early', [['JobCreated', { executionAt: 500 }], queued], /comes 400 ms early/],
    ['an unknown event', [created, ['JobVanished']], /is no event of a job/],
    [
      'a fact about another job',
      [created, ['JobQueued', { attempt: 1, reason: 'submitted', jobId: 'j2' }]],
      /tells of job j2/,
    ],
    [
      'a fact about another client',
      [created, ['JobQueued', { attempt: 1, reason: 'submitted', clientId: 'c2' }]],
      /another client/,
    ],
  ])('objects to %s', (_, steps, objection) => {
    expect(faultsIn(log(steps)).join('\n')).toMatch(objection);
  });

  it('objects to an event that does not follow from the one before it', () => {
    const events = log(whole).map((event) => {
      const unlinked = JSON.stringify({ at: event.at });
      return {
        ...event,
        written: { data: JSON.stringify(event.data), metadata: `${unlinked.slice(0, -1)},"chain":"x"}` },
      };
    });
    expect(faultsIn(events).join('\n')).toMatch(/@4 JobSucceeded: its link does not follow/);
  });

  it('objects to a gap in a stream', () => {
    expect(faultsIn(log(whole).filter(({ revision }) => revision !== 2)).join('\n')).toMatch(
      /revision 3 where 2 belongs/,
    );
  });

  it('objects to a stream that lost its beginning', () => {
    expect(faultsIn(log(whole).slice(1)).join('\n')).toMatch(/revision 1 where 0 belongs/);
  });

  it('objects to a log that is out of order, or holds an event twice', () => {
    const [first, second] = log([created, queued]);
    if (first === undefined || second === undefined) throw new Error('two events were made');
    expect(faultsIn([first, { ...second, position: 1n }]).join('\n')).toMatch(/position 1 comes after 1/);
    expect(faultsIn([first, { ...second, eventId: first.eventId }]).join('\n')).toMatch(/is in the log twice/);
  });

  it('objects to a promise that was not kept', () => {
    const events = log(whole);
    expect(faultsIn(events, { submitted: ['j1', 'j2'] })).toEqual(['job j2 was acknowledged and is missing']);
    expect(faultsIn(events, { completed: [['l1', 'j1']] })).toEqual([]);
    expect(faultsIn(events, { completed: [['l2', 'j1']] }).join('\n')).toMatch(/lease l2 was acknowledged/);
  });

  it.each<readonly [string, readonly Step[]]>([
    ['CREATED', [created]],
    ['QUEUED', [created, queued]],
    ['ASSIGNED', [created, queued, assigned()]],
    ['RUNNING', [created, queued, assigned(), started()]],
    ['FAILED', [created, queued, assigned(), started(), failed(), retryScheduled]],
  ])('objects to a job that is stuck in %s', (state, steps) => {
    expect(faultsIn(log(steps), { mustHaveEnded: true })).toEqual([`job j1 is stuck in ${state}`]);
    expect(faultsIn(log(steps))).toEqual([]);
  });

  it('objects to two jobs from one idempotency key, and to none from the keys of two clients', () => {
    const keyed: Step = ['JobCreated', { idempotencyKey: 'k' }];
    const one = log([keyed]);
    expect(faultsIn([...one, ...log([keyed], 'j2', 10)]).join('\n')).toMatch(/jobs j1 and j2 came from one/);
    const theirs: Step = ['JobCreated', { idempotencyKey: 'k', clientId: 'c2' }];
    expect(faultsIn([...one, ...log([theirs], 'j2', 10)])).toEqual([]);
  });
});
