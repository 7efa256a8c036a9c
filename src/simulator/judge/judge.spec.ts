import { describe, expect, it } from '@jest/globals';
import { brokenIn } from '../../../test/support/broken-in.js';
import {
  askedOf,
  attemptOf,
  batchOf,
  beforeOf,
  began,
  calledBack,
  cancelOf,
  empty,
  endOf,
  good,
  goodJob,
  heartbeatOf,
  heldOf,
  historyOf,
  leaseOf,
  listing,
  listedOf,
  receivedOf,
  reportOf,
  retryOf,
  rotationOf,
  shownOf,
  submitOf,
  summaryOf,
  trespassOf,
} from '../../../test/support/simulated-histories.js';
import { type History, type HistoryEvent, type ShownAttempt } from './history.js';
import { altered } from './invariants/altered.js';
import { astray } from './invariants/astray.js';
import { misread } from './invariants/misread.js';
import { mistaken } from './invariants/mistaken.js';
import { invariants, stillToCome, verdictsOn } from './judge.js';

const goodSteps = goodJob('a').map(({ name, data }) => [name, data] as const);
const created = goodSteps.slice(0, 1);
const queued = goodSteps.slice(0, 2);
const started = goodSteps.slice(0, 4);
const due = { ...goodJob('a')[0]?.data, execution_at: new Date(began + 10_000).toISOString() };
const scheduledData = { ...goodJob('a')[0]?.data, idempotency_key: null, schedule_id: 's1' };
const lease = { lease_id: 'lease of a' };
const failed = ['JobFailed', { ...lease, reason: 'error', will_retry: true }] as const;
const twice = ['JobCreated', { ...goodJob('a')[0]?.data, retry: { max_attempts: 2 } }] as const;
/** A run that fails, as the last step of it says. */
const failing = (
  attempt: number,
  how: Readonly<Partial<Record<'retryable' | 'charged' | 'will_retry', boolean>>> & { readonly reason?: string } = {},
) =>
  [
    ['JobAssigned', { lease_id: `lease ${attempt}`, queue: 'default', work_kind: 'email.send' }, { attempt }],
    ['JobStarted', { lease_id: `lease ${attempt}` }, { attempt }],
    [
      'JobFailed',
      { lease_id: `lease ${attempt}`, reason: 'error', retryable: true, charged: true, ...how },
      { attempt },
    ],
  ] as const;
const retryAs = (attempt: number, actor = 'process:retry') =>
  ['JobQueued', { reason: 'retry' }, { attempt, actor }] as const;
const usedUp = ['JobRetriesExhausted', { reason: 'attempts_used_up' }] as const;
/** A job of two attempts, that is submitted and then goes on. */
const ofTwo = (...steps: Parameters<typeof historyOf>[1]): History =>
  log(...historyOf('a', [twice, ...goodSteps.slice(1, 2), ...steps]));
const ofKind = (kind: string, ...steps: Parameters<typeof historyOf>[1]): History =>
  log(...historyOf('a', [['JobCreated', { ...twice[1], work_kind: kind }], ...goodSteps.slice(1, 2), ...steps]));
const succeeds = goodSteps.slice(2);
/** A run that succeeds, with more in its last event. */
const endedWith = (more: HistoryEvent['data']) => [
  ...goodSteps.slice(2, 4),
  ['JobSucceeded', { ...lease, ...more }] as const,
];
const wellAnswered = '200 {"target":"simulator"}';
/** A run that asked a target and failed by its answer, as if it had been that one. */
const refusedBy = (status: number) => [
  ...failing(1).slice(0, 2),
  [
    'JobFailed',
    {
      ...lease,
      lease_id: 'lease 1',
      reason: 'error',
      retryable: status >= 500,
      charged: true,
      errorCode: 'HTTP_STATUS',
    },
  ] as const,
];
/** A job that asks a target, which got requests that it answered so. */
const asking = (statuses: readonly number[], ...steps: Parameters<typeof historyOf>[1]): History => ({
  ...log(
    ...historyOf('a', [
      ['JobCreated', { ...twice[1], work_kind: 'HTTP_REQUEST', target: '/target/ok?client=0&job=a' }],
      ...goodSteps.slice(1, 2),
      ...steps,
    ]),
  ),
  asked: statuses.map((status) => askedOf({ status })),
});
const event = (name: string): HistoryEvent => goodJob('a').find((each) => each.name === name) ?? never();
const queueOf = (queue: string, more: Partial<History['queues'][number]> = {}): History['queues'][number] => ({
  ...{ queue, depth: 0, running: 0, paused: false, maxRunning: null },
  ...more,
});
/** After a rotation, a request that came then and is signed so. */
const signedAt = (atMs: number, signedBy: readonly number[]): History => ({
  ...good,
  rotations: [rotationOf()],
  received: [...good.received, receivedOf(event('JobSucceeded'), { atMs, signedBy })],
});
const never = (): never => {
  throw new Error('there is no such event');
};
/** The log alone, with what makes its job asked for. */
const log = (...events: readonly HistoryEvent[]): History => ({ ...empty, events, submits: [submitOf('a')] });
const triggerOf = (jobId: string): History['triggers'][number] => {
  const { atMs, tookMs, clientId, code } = submitOf(jobId);
  return { kind: 'trigger', scheduleId: 's1', jobId, outcome: 'ok', status: 200, atMs, tookMs, clientId, code };
};
const fired = (jobId: string | null) => ({ scheduleId: 's1', dueAt: '08:00', outcome: 'FIRED', jobId });
const ofSchedule = historyOf('a', [['JobCreated', scheduledData], ...goodSteps.slice(1)]);

const published = { event_name: 'order.paid', dataDigest: 'data of a' };
/** A job that publishes an application event, which comes to its webhook. */
const publishing: History = {
  ...log(
    ...historyOf('a', [
      ['JobCreated', { ...goodJob('a')[0]?.data, job_type: 'EMIT_EVENT', payload: published }],
      ...goodSteps.slice(1),
    ]),
  ),
  webhooks: [{ receiver: 'fast', webhookId: 'w1', isHealthy: true, events: ['order.*'] }],
  received: [receivedOf(event('JobSucceeded'), { type: 'order.paid', eventId: null, told: 'data of a', state: null })],
};

/** A job that was canceled while it ran; its client knew of that after five milliseconds. */
const canceled: History = {
  ...log(...historyOf('a', [...started, ['JobProgressed', lease], ['JobCanceled', {}]])),
  changes: [cancelOf('a', { state: 'CANCELED' })],
};

const refusal = { outcome: 'refused', status: 409, jobId: null } as const;
const alone = { batch: 'b2', place: 0, answeredAs: 0 };
const inPlaceOf = (place: History['submits'][number]['inBatch'], answeredAs: number) =>
  place === null ? null : { ...place, answeredAs };
const strayed = calledBack(event('JobCreated'), { calledFor: 'key of b' });

const progressed = historyOf('a', [...started, ['JobProgressed', lease], ...goodSteps.slice(4)]);

/** Bad histories by what they break. */
const bad: readonly (readonly [invariant: string, what: string, history: History])[] = [
  ['lost', 'an acknowledged job without events', { ...empty, submits: [submitOf('a')] }],
  ['lost', 'a triggered job without events', { ...empty, scheduleIds: ['s1'], triggers: [triggerOf('a')] }],
  ['unexpected', 'a job that no submit asked for', { ...log(...goodJob('a')), submits: [] }],
  [
    'unexpected',
    'a job of a refused submit',
    { ...log(...goodJob('a')), submits: [submitOf('a', { outcome: 'refused', jobId: null })] },
  ],
  ['unexpected', 'a job of a schedule of another client', { ...empty, events: ofSchedule }],
  [
    'doubled',
    'two jobs under one key',
    log(...goodJob('a'), ...historyOf('b', goodSteps).map((each) => ({ ...each, jobId: 'b' }))),
  ],
  [
    'doubled',
    'two answers to one key',
    {
      ...log(...goodJob('a'), ...goodJob('b')),
      submits: [submitOf('a'), submitOf('b'), submitOf('b', { key: 'key of a' })],
    },
  ],
  [
    'doubled',
    'one key that was taken for two requests',
    { ...log(...goodJob('a')), submits: [submitOf('a'), submitOf('a', { isOther: true })] },
  ],
  ['doubled', 'a second outcome', log(...historyOf('a', [...goodSteps, ['JobCanceled', {}]]))],
  [
    'doubled',
    'a second success',
    log(...historyOf('a', [...goodSteps, ['JobQueued', { reason: 'retry' }], ...goodSteps.slice(2)])),
  ],
  ['illegal', 'a start without a lease', log(...historyOf('a', [...queued, ['JobStarted', lease]]))],
  [
    'illegal',
    'a retry of a success',
    log(...historyOf('a', [...goodSteps, ['JobQueued', { reason: 'retry' }, { attempt: 2 }]])),
  ],
  ['illegal', 'a gap in the revisions', log(...goodJob('a').filter(({ revision }) => revision !== 1))],
  [
    'illegal',
    'an attempt that is left out',
    log(...historyOf('a', [...started, failed, ['JobQueued', { reason: 'retry' }, { attempt: 3 }]])),
  ],
  ['illegal', 'a reason that does not fit', log(...historyOf('a', [...created, ['JobQueued', { reason: 'retry' }]]))],
  [
    'fenced',
    'two leases at once',
    log(...historyOf('a', [...queued, ['JobAssigned', lease], ['JobAssigned', { lease_id: 'l2' }]])),
  ],
  [
    'fenced',
    'an end with a lease that is over',
    log(...historyOf('a', [...started, ['JobSucceeded', { lease_id: 'l0' }]])),
  ],
  [
    'fenced',
    'an acknowledged completion that is not there',
    { ...log(...historyOf('a', started)), ends: [endOf('a')] },
  ],
  [
    'fenced',
    'a refused completion that counts',
    { ...log(...goodJob('a')), ends: [endOf('a', { outcome: 'refused', status: 409 })] },
  ],
  [
    'altered',
    'a success with the result of another lease',
    { ...good, ends: good.ends.map((each) => ({ ...each, result: `result of ${each.jobId === 'a' ? 'b' : 'a'}` })) },
  ],
  [
    'altered',
    'a lease with the payload of another job',
    { ...good, leases: [leaseOf('a', { payload: 'payload of b' }), leaseOf('b')] },
  ],
  ['altered', 'a lease without its payload', { ...good, leases: [leaseOf('a', { payload: null }), leaseOf('b')] }],
  [
    'altered',
    'a job with another payload than was submitted',
    { ...good, submits: good.submits.map((each) => ({ ...each, payload: 'payload of a' })) },
  ],
  [
    'altered',
    'a success without the result of its worker',
    { ...good, ends: [endOf('a', { result: null }), endOf('b')] },
  ],
  [
    'altered',
    'a success that its worker never reported',
    { ...good, ends: [endOf('b'), endOf('a', { call: 'fail' })] },
  ],
  [
    'altered',
    'a failure that its worker never reported',
    { ...ofTwo(...failing(1), retryAs(2)), leases: [leaseOf('a', { leaseId: 'lease 1' })] },
  ],
  [
    'altered',
    'a failure with the error of another lease',
    {
      ...ofTwo(...failing(1), retryAs(2)),
      leases: [leaseOf('a', { leaseId: 'lease 1' })],
      ends: [endOf('a', { call: 'fail', leaseId: 'lease 1', result: null, error: 'error of lease 2' })],
    },
  ],
  ['altered', 'progress that was acknowledged and is not there', { ...good, heartbeats: [heartbeatOf('a')] }],
  [
    'early',
    'a deferred job that is queued before its time',
    log(
      ...historyOf('a', [
        ['JobCreated', due],
        ['JobQueued', { reason: 'due' }],
      ]),
    ),
  ],
  [
    'early',
    'a retry that does not wait',
    log(
      ...historyOf('a', [
        ...started,
        failed,
        ['JobRetryScheduled', { retry_at: new Date(began + 9_000).toISOString() }],
        ['JobQueued', { reason: 'retry' }, { attempt: 2 }],
      ]),
    ),
  ],
  ['unfinished', 'a job that no worker gets', log(...historyOf('a', queued))],
  ['unfinished', 'a job whose lease never ends', log(...historyOf('a', started))],
  ['unfinished', 'a due job that stays', log(...historyOf('a', [['JobCreated', due]]))],
  ['unfinished', 'a retry that never comes', log(...historyOf('a', [...started, failed]))],
  ['scheduled', 'a tick without its job', { ...empty, scheduleIds: ['s1'], ticks: [fired('x')] }],
  [
    'scheduled',
    'two ticks with one job',
    { ...empty, scheduleIds: ['s1'], events: ofSchedule, ticks: [fired('a'), fired('a')] },
  ],
  ['scheduled', 'a job without its tick', { ...empty, scheduleIds: ['s1'], events: ofSchedule }],
  [
    'refused',
    'a malformed submit that is taken',
    { ...good, malformed: good.malformed.map((each) => ({ ...each, status: 202 })) },
  ],
  [
    'refused',
    'a malformed submit that breaks the engine',
    { ...good, malformed: good.malformed.map((each) => ({ ...each, status: 500 })) },
  ],
  [
    'rejected',
    'a submit that is refused though nothing is wrong with it',
    { ...good, submits: [...good.submits, submitOf('x', { ...refusal, status: 400 })] },
  ],
  [
    'rejected',
    'a submit whose key is said to stand for another request, and does not',
    { ...good, submits: [...good.submits, submitOf('x', refusal), submitOf('x', refusal)] },
  ],
  ['unheeded', 'a job that runs on after its cancel', { ...good, changes: [cancelOf('a', { state: 'RUNNING' })] }],
  ['unheeded', 'a cancel that is not in the log', { ...good, changes: [cancelOf('a', { state: 'CANCELED' })] }],
  ['unheeded', 'a worker that is never told of a cancel', { ...canceled, heartbeats: [heartbeatOf('a', { atMs: 5 })] }],
  [
    'unheeded',
    'a worker that is refused where it is to be told of a cancel',
    {
      ...canceled,
      heartbeats: [heartbeatOf('a', { atMs: 5, outcome: 'refused', status: 409, cancelRequested: null })],
    },
  ],
  ['unheeded', 'a job that stays failed after its retry', { ...good, changes: [retryOf('a', { state: 'FAILED' })] }],
  ['unheeded', 'a retry that is not in the log', { ...good, changes: [retryOf('a')] }],
  ['retried', 'a job that is tried too often', ofTwo(...failing(1), retryAs(2), ...failing(2), retryAs(3))],
  [
    'retried',
    'a retry that a client gets when no attempt is left',
    ofTwo(...failing(1), retryAs(2), ...failing(2), usedUp, retryAs(3, 'key:1')),
  ],
  ['retried', 'a failure for good that is retried by itself', ofTwo(...failing(1, { retryable: false }), retryAs(2))],
  ['retried', 'a failure that is given up with attempts left', ofTwo(...failing(1), usedUp)],
  ['retried', 'a failure that nothing follows', ofTwo(...failing(1))],
  ['retried', 'a last failure that nothing follows', ofTwo(...failing(1), retryAs(2), ...failing(2))],
  [
    'retried',
    'a last failure that is followed by another event',
    ofTwo(...failing(1), retryAs(2), ...failing(2), ['JobErased', {}]),
  ],
  [
    'retried',
    'a failure for good whose attempts are said to be used up',
    ofTwo(...failing(1, { retryable: false }), usedUp),
  ],
  [
    'retried',
    'attempts that are said to be used up twice',
    ofTwo(...failing(1), retryAs(2), ...failing(2), usedUp, usedUp),
  ],
  [
    'retried',
    'a last failure that says that it will be retried',
    ofTwo(...failing(1), retryAs(2), ...failing(2, { will_retry: true }), usedUp),
  ],
  ['mistaken', 'work that cannot fail and does', ofKind('SUCCESS_FAST', ...failing(1, { retryable: false }))],
  ['mistaken', 'work that always fails and succeeds', ofKind('FAIL_IMMEDIATE', ...succeeds)],
  ['mistaken', 'a failure for good that is called retryable', ofKind('FAIL_IMMEDIATE', ...failing(1), retryAs(2))],
  ['mistaken', 'work that fails once and succeeds at once', ofKind('RETRY_ON_FAIL', ...succeeds)],
  [
    'mistaken',
    'work that fails once and fails again',
    ofKind('RETRY_ON_FAIL', ...failing(1), retryAs(2), ...failing(2)),
  ],
  [
    'mistaken',
    'a result that is much smaller than that of its kind',
    ofKind('LARGE_OUTPUT', ...endedWith({ resultBytes: 12 })),
  ],
  [
    'mistaken',
    'a success without the result of its kind',
    ofKind('CANCEL_DURING_RUN', ...endedWith({ resultBytes: 0 })),
  ],
  [
    'mistaken',
    'runs that are to tell how far they are and never do',
    log(
      ...['a', 'b'].flatMap((jobId) =>
        historyOf(jobId, [['JobCreated', { work_kind: 'FAIL_AFTER_PROGRESS' }], ...failing(1, { retryable: false })]),
      ),
    ),
  ],
  ['mistaken', 'a request that was never made and succeeds', asking([], ...endedWith({ answered: wellAnswered }))],
  ['mistaken', 'a request that was refused and succeeds', asking([404], ...endedWith({ answered: wellAnswered }))],
  ['mistaken', 'a request that has another answer', asking([200], ...endedWith({ answered: '200 {}' }))],
  ['mistaken', 'a request that has no answer', asking([200], ...endedWith({}))],
  ['mistaken', 'a request that went well and failed', asking([200], ...refusedBy(503))],
  ['mistaken', 'a request that was never made and failed by its answer', asking([], ...refusedBy(503))],
  ['mistaken', 'a request of what is missing that is tried again', asking([404], ...refusedBy(503))],
  ['mistaken', 'a request of what is away that is given up', asking([503], ...refusedBy(404))],
  [
    'misplaced',
    'an item of a batch that is answered as another',
    { ...good, submits: good.submits.map((each) => ({ ...each, inBatch: inPlaceOf(each.inBatch, 1) })) },
  ],
  [
    'misplaced',
    'an item that is refused for its neighbours',
    { ...good, submits: [...good.submits, submitOf('x', { ...refusal, status: 400, inBatch: alone })] },
  ],
  [
    'misplaced',
    'an item that is answered with the job of its neighbour',
    { ...good, submits: good.submits.map((each) => ({ ...each, jobId: 'a' })) },
  ],
  ['misplaced', 'jobs of a batch that queue the other way round', { ...good, submits: batchOf('b', 'a') }],
  [
    'misplaced',
    'an end in a batch that is answered as another',
    { ...good, ends: [endOf('a', { inBatch: { batch: 'e1', place: 0, answeredAs: 'lease of b' } })] },
  ],
  ['unrepeated', 'a redelivery that does not come', { ...good, received: good.received.slice(0, -1) }],
  [
    'unrepeated',
    'a redelivery of what is listed that is refused as unknown',
    { ...good, repeats: good.repeats.map((each) => ({ ...each, outcome: 'refused', status: 404 })) },
  ],
  [
    'unrepeated',
    'a replay that does not say that it is one',
    { ...good, received: good.received.map((each) => ({ ...each, isReplay: false })) },
  ],
  ['astray', 'an event at the callback of another job', { ...good, received: [...good.received, strayed] }],
  [
    'astray',
    'an event at a webhook that did not ask for it',
    { ...good, webhooks: good.webhooks.map((each) => ({ ...each, events: ['job.succeeded', 'order.*'] })) },
  ],
  [
    'astray',
    'an application event at a webhook that did not ask for it',
    { ...publishing, webhooks: publishing.webhooks.map((each) => ({ ...each, events: ['order.shipped'] })) },
  ],
  ['foreign', 'a lease on a job of another client', { ...good, leases: [leaseOf('x')] }],
  [
    'foreign',
    'a job that another client may read',
    { ...good, trespasses: [trespassOf({ outcome: 'ok', status: 200 })] },
  ],
  ['foreign', 'a refusal that tells another client of the job', { ...good, trespasses: [trespassOf({ status: 403 })] }],
  ...(['client', 'job', 'schedule', 'webhook', 'queue'] as const).map(
    (sort) =>
      [
        'foreign',
        `a ${sort} in a list of another`,
        { ...good, trespasses: [trespassOf(listing({ sort, id: 'x' }))] },
      ] as const,
  ),
  ['foreign', 'a queue that another client paused', { ...good, queues: [queueOf('default', { paused: true })] }],
  ['foreign', 'a queue that another client limited', { ...good, queues: [queueOf('default', { maxRunning: 1 })] }],
  ...Object.entries({
    'a job that is listed twice': { listed: [listedOf('b'), listedOf('a'), listedOf('a')] },
    'a job that is not listed': { listed: [listedOf('a')] },
    'a job that is listed and is not there': { listed: [listedOf('x'), listedOf('b'), listedOf('a')] },
    'a list that has not heard of an end': {
      listed: [listedOf('b'), listedOf('a', { state: 'RUNNING', outcome: null, revision: 3 })],
    },
    'a list with the oldest first': { listed: [listedOf('a'), listedOf('b')] },
    'a list of one state that has all': { listedByState: { state: 'FAILED', jobs: [listedOf('b'), listedOf('a')] } },
    'a list of one state that has none': { listedByState: { state: 'SUCCEEDED', jobs: [] } },
    'a list of one state with the oldest first': {
      listedByState: { state: 'SUCCEEDED', jobs: [listedOf('a'), listedOf('b')] },
    },
    'a report of another outcome': { reports: [reportOf('a', { outcome: 'FAILED' })] },
    'a report of another attempt': { reports: [reportOf('a', { attempt: 2 })] },
    'a report of another start': { reports: [reportOf('a', { startedAt: began })] },
    'a report of another end': { reports: [reportOf('a', { finishedAt: began })] },
    'a report of another duration': { reports: [reportOf('a', { durationMs: 1 })] },
    'a report of another wait': { reports: [reportOf('a', { queueWaitMs: 7 })] },
    'a report that leaves events out': { reports: [reportOf('a', { events: reportOf('a').events.slice(1) })] },
    'a report whose events are turned round': {
      reports: [reportOf('a', { events: reportOf('a').events.toReversed() })],
    },
    'a report without attempts': { reports: [reportOf('a', { attempts: [] })] },
    'a report with an attempt too many': {
      reports: [reportOf('a', { attempts: [attemptOf(), attemptOf({ attempt: 2 })] })],
    },
    'a job that is not found': { shown: [shownOf({}, { refusal: 'RFA_JOB_NOT_FOUND' })] },
    'a job in another state': { shown: [shownOf({ state: 'CREATED' })] },
    'a job of another attempt': { shown: [shownOf({ attempt: 6 })] },
    'a job without its tags': { shown: [shownOf({ tags: {} })] },
    'a job with the payload of another': { shown: [shownOf({ payload: 'payload of b' })] },
    'a job that is shown as it was': { shown: [shownOf(beforeOf())] },
    'a job that is ahead of its events': { shown: [shownOf({ revision: 5 })] },
    'a job that was otherwise': { shown: [shownOf({}, { before: { revision: 2, job: beforeOf({ attempt: 2 }) } })] },
    'a job that is shown as it is where it is asked for as it was': {
      shown: [shownOf({}, { before: { revision: 2, job: shownOf().now } })],
    },
    'events of a job without the first': { shown: [shownOf({}, { events: shownOf().events.slice(1) })] },
    'events of a job that are turned round': { shown: [shownOf({}, { events: shownOf().events.toReversed() })] },
    'events of a job that are cut': { shown: [shownOf({}, { events: shownOf().events.slice(0, -1) })] },
    'a summary of twice the jobs': { summary: summaryOf({ jobs: 4 }) },
    'a summary of other states': { summary: summaryOf({ states: { ...summaryOf().states, QUEUED: 1 } }) },
    'a summary of other outcomes': { summary: summaryOf({ outcomes: { SUCCESS: 0, FAILED: 2, CANCELED: 0 } }) },
    'a summary of another rate': { summary: summaryOf({ successRate: 0.5 }) },
    'a summary of fewer attempts': { summary: summaryOf({ attempts: 1 }) },
    'a summary of more retries': { summary: summaryOf({ retries: 1 }) },
    'a queue in which more waits': { queues: [queueOf('default', { depth: 1 })] },
    'a queue of which more runs': { queues: [queueOf('default', { running: 1 })] },
    'a queue that is not listed': { queues: [] },
    'a queue that is said to hold twice as much': { held: [heldOf({ depth: 4 })] },
  }).map(([what, more]) => ['misread', what, { ...good, ...more }] as const),
  ...[
    attemptOf({ attempt: 2 }),
    attemptOf({ workerId: 'w2' }),
    attemptOf({ outcome: 'FAILED' }),
    attemptOf({ charged: false }),
    attemptOf({ error: 'error of a' }),
    attemptOf({ durationMs: 1 }),
    attemptOf({ queuedAt: began }),
    attemptOf({ assignedAt: null }),
    attemptOf({ startedAt: null }),
    attemptOf({ finishedAt: began }),
  ].map(
    (attempt) =>
      [
        'misread',
        `a report with an attempt that was otherwise: ${JSON.stringify(attempt)}`,
        { ...good, reports: [reportOf('a', { attempts: [attempt] })] },
      ] as const,
  ),
  [
    'stale',
    'a job that its own client does not find',
    { ...good, reads: good.reads.map((each) => ({ ...each, outcome: 'refused', status: 404 })) },
  ],
  [
    'undelivered',
    'an event that never arrives',
    { ...good, received: good.received.filter(({ eventId }) => eventId !== 'a@1') },
  ],
  ['undelivered', 'an application event that never arrives', { ...publishing, received: [] }],
  [
    'undelivered',
    'an event that never comes to the callback of its job',
    { ...good, received: good.received.filter(({ sequence, calledFor }) => calledFor === null || sequence !== 4) },
  ],
  ['disordered', 'an event that comes before an earlier one', { ...good, received: good.received.toReversed() }],
  [
    'forged',
    'a request with a wrong signature',
    { ...good, received: [receivedOf(event('JobCreated'), { signedBy: [] }), ...good.received] },
  ],
  ...[3_600_000, null].map(
    (stampedOffMs) =>
      [
        'forged',
        `a request with a timestamp that is ${String(stampedOffMs)} ms off`,
        { ...good, received: [receivedOf(event('JobCreated'), { stampedOffMs }), ...good.received] },
      ] as const,
  ),
  ['forged', 'a request that the new secret of its webhook does not sign', signedAt(31_000, [0])],
  ['forged', 'a request that the secret before does not sign any more', signedAt(31_000, [1])],
  [
    'forged',
    'an event of another client',
    { ...good, received: [...good.received, receivedOf(event('JobCreated'), { jobId: 'x', webhookId: 'x' })] },
  ],
  [
    'forged',
    'an event that is not in the log',
    { ...good, received: [...good.received, receivedOf(event('JobCreated'), { eventId: 'x' })] },
  ],
  [
    'forged',
    'one id for two events',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { webhookId: 'delivery of a@0' })] },
  ],
  [
    'forged',
    'another body under the same id',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { digest: 'another body' })] },
  ],
  [
    'misinformed',
    'a request that says another state than its event left',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { state: 'RUNNING' })] },
  ],
  [
    'misinformed',
    'a request without the state of its job',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { state: null })] },
  ],
  [
    'misinformed',
    'a request with another event than the log has',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { told: 'digest of b@1' })] },
  ],
  [
    'misinformed',
    'a request that names another job than its event does',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { jobId: 'b' })] },
  ],
  [
    'misinformed',
    'a request that calls its event by the name of another',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { type: 'forgerun.job.failed' })] },
  ],
  [
    'misinformed',
    'a request with the sequence of another event',
    { ...good, received: [...good.received, receivedOf(event('JobQueued'), { sequence: 2 })] },
  ],
  [
    'misinformed',
    'an application event with the data of another',
    { ...publishing, received: publishing.received.map((each) => ({ ...each, told: 'data of b' })) },
  ],
  [
    'misinformed',
    'an application event under another name',
    { ...publishing, received: publishing.received.map((each) => ({ ...each, type: 'order.shipped' })) },
  ],
];

describe('the judge', () => {
  it('has nothing against a good history', () => {
    expect(brokenIn(good)).toEqual([]);
    expect(stillToCome(good)).toBe(0);
    expect(brokenIn(publishing)).toEqual([]);
  });

  it.each(bad)('finds what is %s: %s', (invariant, _what, history) => {
    expect(brokenIn(history)).toContain(invariant);
  });

  it('has a bad history for each invariant', () => {
    const shown = new Set(bad.map(([invariant]) => invariant));
    expect(invariants.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('counts the cases of each invariant, and none where nothing happened', () => {
    const again = [...failing(1), ['JobRetryScheduled', {}], retryAs(2), ...failing(2), usedUp] as const;
    const { events } = ofKind('RETRY_ON_FAIL', ...again);
    const failed = events.map((each) => ({ ...each, jobId: 'z' }));
    const full = { ...good, events: [...good.events, ...failed], ticks: [fired('a')] };
    expect(verdictsOn([full]).filter(({ cases }) => cases === 0)).toEqual([]);
    for (const histories of [[], [empty]]) expect(verdictsOn(histories).filter(({ cases }) => cases > 0)).toEqual([]);
  });

  it('counts nothing for a case that was refused or had no answer', () => {
    const not = { outcome: 'refused', status: 403, jobId: null } as const;
    const unavailable = { outcome: 'unknown', status: 503 } as const;
    const submits = good.submits.map((each) => ({ ...each, ...not }));
    const silent = { ...good, submits, events: [], received: [], changes: [cancelOf('a', { outcome: 'refused' })] };
    const casesIn = (history: History): readonly string[] =>
      verdictsOn([history])
        .filter(({ cases }) => cases > 0)
        .map(({ invariant }) => invariant);
    for (const invariant of [
      'lost',
      'unexpected',
      'doubled',
      'illegal',
      'unfinished',
      'unheeded',
      'undelivered',
      'forged',
    ])
      expect(casesIn(silent)).not.toContain(invariant);
    const malformed = good.malformed.map((each) => ({ ...each, ...unavailable }));
    const trespasses = [trespassOf(unavailable)];
    expect(casesIn({ ...empty, malformed, trespasses })).toEqual([]);
  });

  it('bears a submit that is refused for a limit, a time that has passed, or another request under its key', () => {
    const late = submitOf('x', { ...refusal, status: 400, dueAt: began, lateMs: 1_200 });
    const limited = submitOf('y', { ...refusal, status: 429 });
    const submits = [...good.submits, late, limited, submitOf('a', { ...refusal, isOther: true })];
    expect(brokenIn({ ...good, submits })).toEqual([]);
  });

  it('excuses what is due later, and a failure that no retry follows', () => {
    const later = { ...due, execution_at: new Date(began + 3_600_000).toISOString() };
    expect(brokenIn(log(...historyOf('a', [['JobCreated', later]])))).toEqual([]);
    const last = ['JobFailed', { ...lease, reason: 'error', will_retry: false }] as const;
    expect(brokenIn(log(...historyOf('a', [...started, last])))).toEqual([]);
  });

  it('waits for what is due soon, and not for what is due much later', () => {
    const dueIn = (ms: number): History => {
      const at = new Date(empty.readAt + ms).toISOString();
      return log(...historyOf('a', [['JobCreated', { ...due, execution_at: at }]]));
    };
    expect([5_000, 3_600_000].map((ms) => stillToCome(dueIn(ms)))).toEqual([1, 0]);
  });

  it('lets a client bring a retry forward', () => {
    const steps = [
      ...started,
      failed,
      ['JobRetryScheduled', { retry_at: new Date(began + 9_000).toISOString() }],
      ['JobQueued', { reason: 'retry' }, { attempt: 2, actor: 'key:1' }],
      ['JobCanceled', {}],
    ] as const;
    expect(brokenIn(log(...historyOf('a', steps)))).toEqual([]);
  });

  it('bears a heartbeat that a cancel overtook, one without an answer, and one whose lease was over', () => {
    const heartbeats = [
      heartbeatOf('a', { atMs: 4 }),
      heartbeatOf('a', { atMs: 6, cancelRequested: true }),
      heartbeatOf('a', { atMs: 7, outcome: 'unknown', status: 503, cancelRequested: null }),
      heartbeatOf('a', { atMs: 8, leaseId: 'l0', outcome: 'refused', status: 409, cancelRequested: null }),
    ];
    expect(brokenIn({ ...canceled, heartbeats })).toEqual([]);
  });

  it('lets a retry be late for what is on its way, or queue it once more', () => {
    const late = retryOf('a', { state: 'RUNNING', attempt: 1 });
    expect(brokenIn({ ...good, changes: [late, retryOf('a', { outcome: 'refused', state: null })] })).toEqual([]);
    const again = [retryAs(2, 'key:1'), ...failing(2), usedUp] as const;
    const history = ofTwo(...failing(1, { retryable: false }), ...again);
    expect(brokenIn({ ...history, changes: [retryOf('a')] })).toEqual([]);
  });

  it('takes no attempt for charged that was not, and lets a job go that its workers are lost with', () => {
    const interrupted = [...failing(1, { charged: false, reason: 'interrupted' }), retryAs(2, 'worker:w1')] as const;
    expect(brokenIn(ofTwo(...interrupted, ...failing(2), retryAs(3), ...failing(3), usedUp))).toEqual([]);
    const lost = (attempt: number) => failing(attempt, { reason: 'worker_lost' });
    const last = [...lost(3), ['JobRetriesExhausted', { reason: 'worker_lost' }]] as const;
    const ofMany = ['JobCreated', { ...twice[1], retry: { max_attempts: 6 } }] as const;
    const steps = [ofMany, ...goodSteps.slice(1, 2), ...lost(1), retryAs(2), ...lost(2), retryAs(3), ...last];
    expect(brokenIn(log(...historyOf('a', steps)))).toEqual([]);
  });

  it('takes of a kind what is documented of it, and an end that no worker reported', () => {
    const last = ['JobSucceeded', { lease_id: 'lease 2' }, { attempt: 2 }] as const;
    const again = [retryAs(2), ...failing(2).slice(0, 2), last] as const;
    expect(brokenIn(ofKind('RETRY_ON_FAIL', ...failing(1), ...again))).toEqual([]);
    expect(brokenIn(ofKind('SUCCESS_FAST', ...failing(1, { reason: 'worker_lost' }), ...again))).toEqual([]);
    expect(brokenIn(ofKind('FAIL_IMMEDIATE', ...failing(1, { retryable: false })))).toEqual([]);
  });

  it('finds each attempt in a report as it was, also one that began anew, and one that was canceled', () => {
    const steps = [
      ...queued,
      ['JobAssigned', { lease_id: 'l1', worker_id: 'w1' }],
      ['JobQueued', { reason: 'lease_expired' }],
      ['JobAssigned', { lease_id: 'l2', worker_id: 'w2' }],
      ['JobStarted', { lease_id: 'l2' }],
      ['JobFailed', { lease_id: 'l2', reason: 'error', charged: true, will_retry: true, errorDigest: 'error of a' }],
      retryAs(2),
      ['JobCanceled', {}, { attempt: 2 }],
    ] as const;
    const times = (...steps: readonly (number | null)[]): Partial<ShownAttempt> => {
      const [queuedAt, assignedAt, startedAt, finishedAt] = steps.map((step) =>
        step === null ? null : began + step * 100,
      );
      return { queuedAt: queuedAt ?? 0, assignedAt, startedAt, finishedAt } as Partial<ShownAttempt>;
    };
    const ended = { outcome: 'FAILED', charged: true, error: 'error of a' } as const;
    const first = attemptOf({ workerId: 'w2', ...ended, ...times(3, 4, 5, 6) });
    const cut = { outcome: 'CANCELED', charged: false, durationMs: null } as const;
    const second = attemptOf({ attempt: 2, workerId: null, ...cut, ...times(7, null, null, 8) });
    const listed = [listedOf('a', { state: 'CANCELED', outcome: 'CANCELED', revision: 8 })];
    const end = { attempt: 2, startedAt: null, finishedAt: began + 800, durationMs: null, queueWaitMs: 100 };
    const history = log(...historyOf('a', steps));
    const told = { outcome: 'CANCELED', ...end, events: history.events.map(({ digest }) => digest) };
    const judged = (...attempts: readonly ShownAttempt[]): readonly string[] =>
      brokenIn({ ...history, listed, reports: [reportOf('a', { ...told, attempts })] });
    expect(judged(first, second)).toEqual([]);
    expect(judged({ ...first, workerId: 'w1' }, second)).toEqual(['misread']);
    expect(judged(second)).toEqual(['misread']);
  });

  it('bears what is shown of a job that has moved on since the log was read, and counts nothing then', () => {
    const events = good.events.filter(({ eventId }) => eventId !== 'a@4');
    const counted = { summary: summaryOf({ jobs: 9 }), queues: [queueOf('default', { running: 9 })] };
    const listed = [listedOf('b'), listedOf('a')];
    const moved = { ...good, events, listed, reports: [], ...counted };
    expect([...misread.faultsIn(moved)]).toEqual([]);
    const cameThere = { ...moved, listedByState: { state: 'SUCCEEDED', jobs: [listedOf('b')] } };
    expect([...misread.faultsIn(cameThere)]).toEqual([]);
  });

  it('says nothing of a queue that no answer told of', () => {
    expect(brokenIn({ ...good, held: [heldOf({ outcome: 'unknown', status: 503, depth: null })] })).toEqual([]);
  });

  it('takes of a run that asks a target what follows from its answers, and an end that they do not explain', () => {
    const well = endedWith({ answered: wellAnswered });
    const again = [retryAs(2), ...well] as const;
    const isBorne = (history: History): void => {
      expect([...mistaken.faultsIn(history)]).toEqual([]);
    };
    isBorne(asking([200], ...well));
    isBorne(asking([503, 200], ...refusedBy(503), ...again));
    isBorne(asking([404], ...refusedBy(404)));
    // The answer was lost, or the worker was.
    isBorne(asking([], ...failing(1)));
    isBorne(asking([200, 200], ...failing(1, { reason: 'worker_lost' }), ...again));
  });

  it('takes about the size that its table gives for a result, and one run that tells of no progress', () => {
    const isBorne = (history: History): void => {
      expect([...mistaken.faultsIn(history)]).toEqual([]);
    };
    for (const resultBytes of [4_096, 4_000, 4_400]) isBorne(ofKind('SUCCESS_FAST', ...endedWith({ resultBytes })));
    isBorne(ofKind('email.send', ...endedWith({ resultBytes: 12 })));
    isBorne(ofKind('FAIL_AFTER_PROGRESS', ...failing(1, { retryable: false })));
    const told = ['JobProgressed', lease] as const;
    const [assigned, begun, end] = endedWith({ resultBytes: 16_384 });
    if (assigned === undefined || begun === undefined || end === undefined) throw new Error('there is no such step');
    const one = historyOf('b', [['JobCreated', { work_kind: 'MANY_SMALL_OUTPUTS' }], assigned, begun, told, end]);
    isBorne(log(...one, ...ofKind('FAIL_AFTER_PROGRESS', ...failing(1, { retryable: false })).events));
  });

  it('finds progress and errors as they were reported', () => {
    const told = { ...good, events: [...goodJob('b'), ...progressed], heartbeats: [heartbeatOf('a')] };
    expect([...altered.faultsIn(told)]).toEqual([]);
    const overtaken = { ...good, heartbeats: [heartbeatOf('a', { cancelRequested: true })] };
    expect([...altered.faultsIn(overtaken)]).toEqual([]);
    const failed = ofTwo(...failing(1), retryAs(2)).events.map((each) =>
      each.name === 'JobFailed' ? { ...each, data: { ...each.data, errorDigest: 'error of lease 1' } } : each,
    );
    const end = endOf('a', { call: 'fail', leaseId: 'lease 1', result: null, error: 'error of lease 1' });
    const leases = [leaseOf('a', { leaseId: 'lease 1' })];
    expect([...altered.faultsIn({ ...empty, events: failed, leases, ends: [end] })]).toEqual([]);
  });

  it('bears a completion that was taken and then refused', () => {
    const ends = [endOf('a', { outcome: 'unknown', status: null }), endOf('a', { outcome: 'refused', status: 409 })];
    expect(brokenIn({ ...log(...goodJob('a')), ends })).toEqual([]);
  });

  it('bears a failure that was taken and then refused, once its job is in other hands', () => {
    const end = endOf('a', { call: 'fail', outcome: 'refused', status: 409 });
    const next = { lease_id: 'another' };
    const told = [...goodSteps.slice(0, 4), failed] as const;
    const again = [
      ['JobQueued', { reason: 'retry' }, { attempt: 2 }],
      ...['JobAssigned', 'JobStarted', 'JobSucceeded'].map((name) => [name, next, { attempt: 2 }] as const),
    ] as const;
    expect(brokenIn({ ...log(...historyOf('a', [...told, ...again])), ends: [end] })).toEqual([]);
    expect(brokenIn({ ...log(...historyOf('a', told)), ends: [end] })).toContain('fenced');
  });

  it('bears another request under a key that came first, and is kept', () => {
    const submits = [submitOf('a', refusal), submitOf('a', { isOther: true })];
    expect(brokenIn({ ...log(...goodJob('a')), submits })).toEqual([]);
  });

  it('asks of a replay only what it covers, and had ended before', () => {
    const [replay] = good.repeats.filter(({ call }) => call === 'replay');
    if (replay?.span == null) throw new Error('there is no replay');
    const received = good.received.slice(0, -1);
    const asked = (more: object): readonly string[] =>
      brokenIn({ ...good, received, repeats: [{ ...replay, ...more }] });
    expect(asked({})).toEqual(['unrepeated']);
    expect(asked({ span: { ...replay.span, toAt: began - 1 } })).toEqual([]);
    expect(asked({ span: { ...replay.span, types: ['job.failed'] } })).toEqual([]);
    expect(asked({ ended: [] })).toEqual([]);
    expect(asked({ outcome: 'unknown', status: null })).toEqual([]);
    expect(asked({ receiver: 'silent' })).toEqual([]);
  });

  it('lets a webhook be tried whatever it asked for', () => {
    const tried = receivedOf(event('JobCreated'), { type: 'forgerun.webhook.test', jobId: null, eventId: null });
    const { faultsIn } = astray;
    expect([...faultsIn({ ...good, received: [tried] })]).toEqual([]);
  });

  it('lets a client be shown its own, and its own queues be paused', () => {
    const paused = trespassOf({ ...listing(), call: 'POST /v1/queues/{queue}/pause', at: '/v1/queues/own-1/pause' });
    const shown = listing(
      { sort: 'client', id: 'c1' },
      { sort: 'webhook', id: 'w1' },
      { sort: 'queue', id: 'default' },
    );
    const queues = [...good.queues, queueOf('own-1', { paused: true }), queueOf('narrow', { maxRunning: 2 })];
    expect(brokenIn({ ...good, trespasses: [paused, trespassOf(shown)], queues })).toEqual([]);
  });

  it('says nothing of an answer that says nothing', () => {
    const trespasses = [408, 429, 500, 503, null].map((status) => trespassOf({ status }));
    expect(brokenIn({ ...good, trespasses })).toEqual([]);
  });

  it('takes both secrets for a day after a rotation, and the old one alone for a moment', () => {
    const dayMs = 24 * 3_600_000;
    for (const [atMs, signedBy] of [
      [1_500, [0]],
      [20_000, [0]],
      [31_000, [0, 1]],
      [dayMs + 60_000, [1]],
    ] as const)
      expect([atMs, brokenIn(signedAt(atMs, signedBy))]).toEqual([atMs, []]);
    expect(brokenIn(signedAt(dayMs - 120_000, [1]))).toEqual(['forged']);
  });

  it('asks for no secret of another receiver, and for none that no answer showed', () => {
    const later = signedAt(31_000, [0]);
    for (const other of [rotationOf({ receiver: 'callback' }), rotationOf({ secret: null, outcome: 'unknown' })])
      expect(brokenIn({ ...later, rotations: [other] })).toEqual([]);
  });

  it('bears a time that has passed before a batch is read', () => {
    const late = submitOf('x', { ...refusal, status: 400, inBatch: alone, dueAt: began, lateMs: 1_200 });
    expect(brokenIn({ ...good, submits: [...good.submits, late] })).toEqual([]);
  });

  it('bears an engine that has no time to look at a malformed submit', () => {
    const malformed = good.malformed.map((each) => ({ ...each, outcome: 'unknown', status: 503 }) as const);
    expect(brokenIn({ ...good, malformed })).toEqual([]);
  });

  it('says how much is still to come', () => {
    expect(stillToCome(log(...historyOf('a', started)))).toBe(1);
    expect(stillToCome({ ...good, received: [], repeats: [] })).toBe(15);
  });

  it('tells the first faults and counts all of them', () => {
    const submits = Array.from({ length: 80 }, (_, index) => submitOf(`job ${index}`));
    expect(verdictsOn([{ ...empty, submits }]).find(({ invariant }) => invariant === 'lost')).toMatchObject({
      faultCount: 80,
      faults: { length: 50 },
    });
  });
});
