import { describe, expect, it } from '@jest/globals';
import { brokenIn } from '../../../test/support/broken-in.js';
import { began, empty, goodJob, heartbeatOf, historyOf, submitOf } from '../../../test/support/simulated-histories.js';
import { type History } from './history.js';

const after = (ms: number): string => new Date(began + ms).toISOString();
const lease = { lease_id: 'lease of a', lease_ms: 1_500 };
const [created, queued] = goodJob('a').map(({ name, data }) => [name, data] as const);
const policy = { retry: { max_attempts: 4 } };

type Steps = Parameters<typeof historyOf>[1];

/** A job that may run for five seconds, leased at 200 ms and started at 300 ms. */
function runThat(...ends: Steps): Steps {
  if (created === undefined || queued === undefined) throw new Error('there is no job');
  return [
    [created[0], { ...created[1], ...policy }],
    queued,
    ['JobAssigned', { ...lease, expires_at: after(1_700) }],
    ['JobStarted', { ...lease, expires_at: after(1_800), deadline_at: after(5_300) }],
    ['JobProgressed', lease],
    ...ends,
  ];
}
const endedAt = (ms: number, reason: string): Steps => [
  [
    'JobFailed',
    { ...lease, reason, retryable: true, charged: true, will_retry: true },
    { at: began + ms, actor: 'process:timers' },
  ],
  ['JobRetryScheduled', { retry_at: after(ms) }, { at: began + ms }],
  ['JobQueued', { reason: 'retry' }, { at: began + ms, attempt: 2 }],
  ['JobCanceled', {}, { at: began + ms, attempt: 2 }],
];
const judged = (steps: Steps, heartbeats: History['heartbeats'] = []): readonly string[] =>
  brokenIn({ ...empty, events: historyOf('a', steps), submits: [submitOf('a')], heartbeats });
const keptUntil = (ms: number, more: Partial<History['heartbeats'][number]> = {}) =>
  heartbeatOf('a', { expiresAt: began + ms, ...more });

describe('the end of a lease', () => {
  it('comes early before the moment until which it was granted', () => {
    expect(judged(runThat(...endedAt(1_799, 'worker_lost')))).toEqual(['early']);
    expect(judged(runThat(...endedAt(1_800, 'worker_lost')))).toEqual([]);
  });

  it('comes early before the moment that the answer to a heartbeat told', () => {
    const beats = [keptUntil(2_500), keptUntil(2_200)];
    expect(judged(runThat(...endedAt(2_499, 'worker_lost')), beats)).toEqual(['early']);
    expect(judged(runThat(...endedAt(2_500, 'worker_lost')), beats)).toEqual([]);
    const another = [keptUntil(2_500, { leaseId: 'another' })];
    expect(judged(runThat(...endedAt(1_900, 'worker_lost')), another)).not.toContain('early');
    expect(judged(runThat(...endedAt(1_900, 'worker_lost')), [keptUntil(2_500, { expiresAt: null })])).toEqual([]);
  });

  it('comes early where the job was not started, and its time to be started is not over', () => {
    const backAt = (ms: number): Steps => [
      ...runThat().slice(0, 3),
      ['JobQueued', { reason: 'lease_expired' }, { at: began + ms }],
      ['JobCanceled', {}, { at: began + ms }],
    ];
    expect(judged(backAt(1_699))).toEqual(['early']);
    expect(judged(backAt(1_700))).toEqual([]);
  });
});

describe('the end of the time of a run', () => {
  it('comes early before its deadline', () => {
    expect(judged(runThat(...endedAt(5_299, 'timeout')))).toEqual(['early']);
    expect(judged(runThat(...endedAt(5_300, 'timeout')))).toEqual([]);
  });

  it.each([
    ['told by the end of its lease', after(1_800), began + 300],
    ['told by the lease that it came with', null, began + 200],
  ])('comes early where the deadline is too near, counted from a start %s', (_what, expiresAt, startedAt) => {
    const startedUntil = (deadline: number): Steps => [
      ...runThat().slice(0, 3),
      [
        'JobStarted',
        { ...lease, expires_at: expiresAt ?? after(deadline), deadline_at: after(deadline) },
        { at: startedAt },
      ],
      ['JobCanceled', {}],
    ];
    const spare = startedAt - began - 200;
    const short = { timeouts: { execution_ms: expiresAt === null ? 1_000 : 5_000 } };
    const withShort = (steps: Steps): Steps =>
      steps.map(([name, data = {}, more = {}]) =>
        name === 'JobCreated' ? [name, { ...data, ...short }] : [name, data, more],
      );
    const endsAt = 200 + spare + short.timeouts.execution_ms;
    expect(judged(withShort(startedUntil(endsAt - 1)))).toEqual(['early']);
    expect(judged(withShort(startedUntil(endsAt)))).toEqual([]);
  });
});
