import { describe, expect, it } from '@jest/globals';
import { brokenIn } from '../../../test/support/broken-in.js';
import { cancelOf, empty, goodJob, historyOf, submitOf } from '../../../test/support/simulated-histories.js';
import { type History } from './history.js';

type Steps = Parameters<typeof historyOf>[1];

const begun: Steps = goodJob('a')
  .slice(0, 2)
  .map(({ name, data }) => [name, name === 'JobCreated' ? { ...data, retry: { max_attempts: 25 } } : data]);
const at = (attempt: number, actor = 'process:retry') => ({ attempt, actor });
const lease = (attempt: number) => ({ lease_id: `lease ${attempt}` });

/** A run that ends for a reason, and what follows by itself. */
const failing = (attempt: number, reason: string, more: Readonly<Record<string, unknown>> = {}): Steps => [
  ['JobAssigned', lease(attempt), at(attempt)],
  ['JobStarted', lease(attempt), at(attempt)],
  ['JobFailed', { ...lease(attempt), reason, retryable: true, charged: true, will_retry: true, ...more }, at(attempt)],
];
const free = { charged: false };
const again = (attempt: number, actor?: string): Steps => [['JobQueued', { reason: 'retry' }, at(attempt, actor)]];
/** A row of such runs, without what follows the last. */
const row = (from: number, ...reasons: readonly string[]): Steps =>
  reasons.flatMap((reason, place) => {
    const attempt = from + place;
    const next = place + 1 < reasons.length ? again(attempt + 1) : [];
    return [...failing(attempt, reason, reason === 'interrupted' ? free : {}), ...next];
  });
const lost = 'worker_lost';
const gaveUp = (reason: string): Steps => [['JobRetriesExhausted', { reason }]];
/** As `row`, of which the last is said to be the last. */
const lastRow = (from: number, ...reasons: readonly string[]): Steps =>
  row(from, ...reasons).map(([name, data = {}, more = {}], place, all) =>
    name === 'JobFailed' && place === all.length - 1
      ? [name, { ...data, will_retry: false }, more]
      : [name, data, more],
  );

const judged = (steps: Steps, more: Partial<History> = {}): readonly string[] =>
  brokenIn({ ...empty, events: historyOf('a', [...begun, ...steps]), submits: [submitOf('a')], ...more });

describe('giving a job up because its workers are lost', () => {
  it('takes three of them in a row', () => {
    for (const reasons of [[lost], [lost, lost], [lost, lost, 'error', lost], [lost, lost, 'timeout', lost, lost]])
      expect(judged([...lastRow(1, ...reasons), ...gaveUp(lost)])).toEqual(['retried']);
    expect(judged([...lastRow(1, lost, 'error', lost, lost, lost), ...gaveUp(lost)])).toEqual([]);
    // One that no worker was given is an interruption, too, and may stand between them.
    expect(judged([...lastRow(1, lost, lost, 'interrupted', lost), ...gaveUp(lost)])).toEqual([]);
  });

  it('takes three more after a retry that was asked for', () => {
    const ended = [...lastRow(1, lost, lost, lost), ...gaveUp(lost), ...again(4, 'key:1')];
    expect(judged([...ended, ...lastRow(4, lost), ...gaveUp(lost)])).toEqual(['retried']);
    expect(judged([...ended, ...lastRow(4, lost, lost, lost), ...gaveUp(lost)])).toEqual([]);
  });

  it('is not put off', () => {
    expect(judged([...row(1, lost, lost, lost), ...again(4), ['JobCanceled', {}]])).toEqual(['retried']);
    expect(judged([...row(1, lost, lost, 'interrupted', lost), ...again(5), ['JobCanceled', {}]])).toEqual([]);
  });
});

describe('giving a job up for another reason', () => {
  it('takes a thousand times in its queue', () => {
    const back: Steps = [
      ['JobAssigned', { lease_id: 'l' }],
      ['JobQueued', { reason: 'lease_expired' }],
    ];
    const backs = Array.from({ length: 999 }, (_, place) =>
      back.map(([name, data = {}]) => [name, name === 'JobAssigned' ? { lease_id: `l${place}` } : data] as const),
    ).flat();
    const canceled: Steps = [
      ['JobAssigned', { lease_id: 'last' }],
      ['JobCanceled', { reason: 'requeue_limit' }],
    ];
    expect(judged([...backs, ...canceled])).toEqual([]);
    expect(judged([...backs.slice(2), ...canceled])).toEqual(['retried']);
    expect(judged([...lastRow(1, 'error'), ...gaveUp('requeue_limit')])).toEqual(['retried']);
  });

  it.each([
    ['queue_timeout', { queue_ms: 5, total_ms: null }],
    ['queue_timeout', { queue_ms: null, total_ms: 5 }],
    ['total_timeout', { queue_ms: null, total_ms: 5 }],
  ])('takes a time that was asked for: %s', (reason, timeouts) => {
    const canceled = (asked: object): Steps => [
      ...begun.map(([name, data = {}]) => [name, { ...data, timeouts: asked }] as const),
      ['JobCanceled', { reason }],
    ];
    const submits = [submitOf('a')];
    expect(brokenIn({ ...empty, submits, events: historyOf('a', canceled(timeouts)) })).toEqual([]);
    const none = { execution_ms: 5_000, queue_ms: null, total_ms: null };
    expect(brokenIn({ ...empty, submits, events: historyOf('a', canceled(none)) })).toEqual(['retried']);
    if (reason === 'total_timeout')
      expect(brokenIn({ ...empty, submits, events: historyOf('a', canceled({ ...none, queue_ms: 5 })) })).toEqual([
        'retried',
      ]);
  });

  it('takes a client that asks for its cancel', () => {
    const canceled: Steps = [['JobCanceled', { reason: 'requested' }]];
    expect(judged(canceled)).toEqual(['retried']);
    const unheard = { outcome: 'unknown', status: null, state: null } as const;
    expect(judged(canceled, { changes: [cancelOf('a', unheard)] })).toEqual([]);
  });
});

describe('an attempt', () => {
  it('is charged unless it was interrupted, ten times in a row at most', () => {
    const next = [...again(2), ['JobCanceled', {}]] as const;
    for (const reason of ['error', 'timeout', lost])
      expect(judged([...failing(1, reason, free), ...next])).toEqual(['retried']);
    expect(judged([...failing(1, 'interrupted', free), ...next])).toEqual([]);
    expect(judged([...failing(1, 'interrupted'), ...next])).toEqual(['retried']);
    const ten = Array.from({ length: 10 }, () => 'interrupted');
    const charged: Steps = [...row(1, ...ten), ...again(11), ...failing(11, 'interrupted'), ...again(12)];
    expect(judged([...charged, ['JobCanceled', {}]])).toEqual([]);
  });
});
