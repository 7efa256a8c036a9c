import { describe, expect, it } from '@jest/globals';
import { began, empty, goodJob, historyOf, leaseOf } from '../../../../test/support/simulated-histories.js';
import { rankedKind } from '../../plan/catalog-mix.js';
import { type History, type HistoryEvent } from '../history.js';
import { Calm } from './calm.js';
import { runInvariants, verdictsOnRun } from './judge-run.js';

const never = new Calm([]);
const minute = 60_000;
const time = (ms: number): string => new Date(began + ms).toISOString();

const brokenIn = (histories: readonly History[], calm = never): readonly string[] =>
  verdictsOnRun({ histories, calm })
    .filter(({ faultCount }) => faultCount > 0)
    .map(({ invariant }) => invariant);

type Step = readonly [name: string, atMs: number, data?: Record<string, unknown>, actor?: string];
/** A job with its steps at moments of their own. */
const timed = (jobId: string, ...steps: readonly Step[]): readonly HistoryEvent[] =>
  historyOf(
    jobId,
    steps.map(
      ([name, atMs, data = {}, actor = 'process:engine']) => [name, data, { at: began + atMs, actor }] as const,
    ),
  );
const log = (events: readonly HistoryEvent[], more: Partial<History> = {}): History => ({ ...empty, events, ...more });

const inLine = { queue: 'default', work_kind: 'email.send', priority: 5 };
const shared = { queue: 'default', work_kind: 'SUCCESS_FAST', priority: 5 };
const ranked = { queue: 'default', work_kind: rankedKind, priority: 8 };
const lease = { lease_id: 'lease of a' };
const wait = (
  jobId: string,
  queuedMs: number,
  leasedMs: number | null,
  data: object = inLine,
): readonly HistoryEvent[] =>
  timed(
    jobId,
    ['JobQueued', queuedMs, { ...data }],
    ...(leasedMs === null ? [] : [['JobAssigned', leasedMs, { lease_id: jobId }] as const]),
  );
/** In the order of the log, as far as it shows here. */
const together = (...jobs: readonly (readonly HistoryEvent[])[]): readonly HistoryEvent[] =>
  jobs.flat().toSorted((one, other) => one.at - other.at);
const many = (count: number, fromMs: number, data: object = inLine): readonly (readonly HistoryEvent[])[] =>
  Array.from({ length: count }, (_, n) => wait(`n${n}`, fromMs + n * 100, fromMs + n * 100 + 50, data));

const deferred = ['JobCreated', 0, { execution_at: time(1_000) }] as const;
const failed = ['JobFailed', 0, { reason: 'error' }] as const;
const retry = ['JobRetryScheduled', 0, { retry_at: time(500) }] as const;
const started = ['JobStarted', 0, { ...lease, expires_at: time(1_500), deadline_at: time(5_000) }] as const;
const crashed = { leases: [{ ...leaseOf('a'), conduct: 'crash' }] } as const;

const bad: readonly (readonly [invariant: string, what: string, ...histories: readonly History[]])[] = [
  ['late', 'a deferred job long after its time', log(timed('a', deferred, ['JobQueued', minute, { reason: 'due' }]))],
  ['late', 'a retry long after its wait', log(timed('a', failed, retry, ['JobQueued', minute, { reason: 'retry' }]))],
  ['late', 'a timeout long after its deadline', log(timed('a', started, ['JobFailed', minute, { reason: 'timeout' }]))],
  [
    'late',
    'a run that is ended by its worker long after its deadline',
    log(timed('a', started, ['JobSucceeded', minute])),
  ],
  [
    'late',
    'a worker that is missed long after its lease',
    log(
      timed(
        'a',
        ['JobStarted', 0, { ...lease, expires_at: time(1_500) }],
        ['JobFailed', minute, { reason: 'worker_lost' }],
      ),
      crashed,
    ),
  ],
  [
    'late',
    'a lease that ends unstarted long after its end',
    log(
      timed(
        'a',
        ['JobAssigned', 0, { ...lease, expires_at: time(1_500) }],
        ['JobQueued', minute, { reason: 'lease_expired' }],
      ),
      crashed,
    ),
  ],
  [
    'late',
    'a tick that fires long after its time',
    log(goodJob('a'), { ticks: [{ scheduleId: 's', dueAt: time(-minute), outcome: 'FIRED', jobId: 'a' }] }),
  ],
  ['starved', 'a job that younger ones overtake', log(together(wait('a', 0, minute), ...many(10, 1_000)))],
  [
    'starved',
    'a job that is never leased while younger ones are',
    log(together(wait('a', 0, null), ...many(10, 1_000))),
  ],
  [
    'starved',
    'a job that is passed over for one that is worth less',
    log(together(wait('a', 0, 3_100, { ...ranked, priority: 2 }), wait('b', 100, 3_000, ranked))),
  ],
  [
    'starved',
    'a job that is passed over for a later one of its priority',
    log(together(wait('a', 0, 3_100, ranked), wait('b', 100, 3_000, ranked))),
  ],
  [
    'starved',
    'a client that is given nothing while others are',
    log(wait('a', 0, minute, shared)),
    log(together(...many(10, 1_000, shared)), { clientId: 'c2' }),
  ],
];

describe('the judge of a whole run', () => {
  it.each(bad)('finds what is %s: %s', (invariant, _what, ...histories) => {
    expect(brokenIn(histories)).toEqual([invariant]);
  });

  it('has a bad run for each invariant', () => {
    const shown = new Set(bad.map(([invariant]) => invariant));
    expect(runInvariants.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each(bad)('excuses what went wrong on purpose: not %s, %s', (_invariant, _what, ...histories) => {
    const amid = new Calm([{ fromAt: began - minute, toAt: began + 2 * minute }]);
    expect(brokenIn(histories, amid)).toEqual([]);
  });

  it('counts what a timer brought about and what was leased in calm time, and nothing where there is none', () => {
    const deferredInTime = timed('a', deferred, ['JobQueued', 1_000, { reason: 'due' }]);
    const histories = [log([...deferredInTime, ...wait('b', 0, 10)])];
    const casesIn = (calm: Calm) => verdictsOnRun({ histories, calm }).map(({ cases }) => cases);
    expect(casesIn(never)).toEqual([1, 2]);
    expect(casesIn(new Calm([{ fromAt: began, toAt: began + 2_000 }]))).toEqual([0, 0]);
    expect(verdictsOnRun({ histories: [], calm: never }).map(({ cases }) => cases)).toEqual([0, 0]);
  });

  it('does not call late what a client or a heartbeat moved', () => {
    const brought = timed('a', failed, retry, ['JobQueued', minute, { reason: 'retry' }, 'key:1']);
    const kept = timed(
      'b',
      ['JobStarted', 0, { ...lease, expires_at: time(1_500) }],
      ['JobFailed', minute, { reason: 'worker_lost' }],
    );
    expect(brokenIn([log([...brought, ...kept])])).toEqual([]);
  });

  it('does not call starved what waits behind older ones, is worth less, or is in another line', () => {
    const patient = wait('a', 0, minute, { ...inLine, priority: 9 });
    expect(brokenIn([log(together(patient, ...many(20, 1_000)))])).toEqual([]);
    expect(brokenIn([log(together(wait('a', 0, minute), ...many(20, 1_000, { ...inLine, queue: 'narrow' })))])).toEqual(
      [],
    );
    expect(brokenIn([log(together(wait('z', 30_000, minute), ...many(20, 1_000)))])).toEqual([]);
    expect(brokenIn([log(together(wait('a', 0, minute), ...many(9, 1_000)))])).toEqual([]);
  });

  it('does not call passed over what came later, is worth less, was hardly there, is in another line or was canceled', () => {
    const given = wait('b', 100, 3_000, ranked);
    const better = { ...ranked, priority: 2 };
    for (const waiting of [
      wait('a', 200, 3_100, better),
      wait('a', 0, 3_100, { ...ranked, priority: 9 }),
      wait('a', 0, 2_900, better),
      wait('a', 0, 3_100, { ...better, queue: 'another' }),
      timed('a', ['JobQueued', 0, better], ['JobCanceled', 3_100]),
    ])
      expect(brokenIn([log(together(waiting, given))])).toEqual([]);
    const both = together(wait('a', 0, 2_000, better), wait('b', 100, 1_900, ranked));
    expect(brokenIn([log(both)])).toEqual([]);
    const amid = new Calm([{ fromAt: began + 200, toAt: began + 400 }]);
    expect(brokenIn([log(together(wait('a', 0, 3_100, better), given))], amid)).toEqual([]);
  });

  it('does not call a client starved that was given something meanwhile', () => {
    const own = together(...[minute, 15_000, 30_000, 45_000].map((leasedMs, n) => wait(`o${n}`, 0, leasedMs, shared)));
    expect(brokenIn([log(own), log(together(...many(20, 1_000, shared)), { clientId: 'c2' })])).toEqual([]);
  });
});
