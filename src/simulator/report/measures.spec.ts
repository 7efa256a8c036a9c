import { describe, expect, it } from '@jest/globals';
import {
  began,
  empty,
  endOf,
  good,
  goodJob,
  historyOf,
  receivedOf,
  submitOf,
} from '../../../test/support/simulated-histories.js';
import { type History } from '../judge/history.js';
import { rankedKind } from '../plan/catalog-mix.js';
import { callsIn } from './calls-in.js';
import { figureNames, figuresOf } from './figures.js';
import { measuresOf } from './measures.js';

const figuresFor = (histories: readonly History[], more: Partial<Parameters<typeof measuresOf>[0]> = {}) =>
  figuresOf(
    measuresOf({
      histories,
      noisyClientIds: [],
      trafficFromMs: 0,
      trafficMs: 10_000,
      drainMs: 500,
      brokenPromises: 0,
      unexercisedPromises: 0,
      beganAt: began,
      recoveries: [],
      recovered: [],
      ended: [],
      memory: new Map(),
      ...more,
    }),
  );

describe('the figures of a run', () => {
  it('are those that thresholds may name, no more and no less', () => {
    expect(Object.keys(figuresFor([good])).sort()).toEqual(figureNames.toSorted());
  });

  it('count as taken what was owed to be, without one of two requests under a key and what came too late', () => {
    const not = { outcome: 'refused', jobId: null } as const;
    const submits = [
      submitOf('a'),
      submitOf('b', { ...not, status: 409 }),
      submitOf('c', { ...not, status: 400, dueAt: began, lateMs: 1_200 }),
      submitOf('d', { ...not, status: 429 }),
      submitOf('e', { ...not, status: 400, dueAt: began, lateMs: -2_000 }),
    ];
    expect(figuresFor([{ ...good, submits }])['submits_taken_per_thousand']).toBe(333.33);
    expect(figuresFor([empty])['submits_taken_per_thousand']).toBe(null);
  });

  it('count jobs, repeats and what came per second', () => {
    expect(figuresFor([good])).toMatchObject({
      submits_total: 3,
      repeats_total: 1,
      jobs_total: 2,
      jobs_finished_total: 2,
      submits_per_second: 0.3,
      jobs_finished_per_second: 0.2,
      malformed_total: 1,
      webhook_requests_total: 16,
    });
  });

  it('count per second what came while the traffic did, and not what its drain brought', () => {
    const [first, ...later] = good.received;
    if (first === undefined) throw new Error('there is no request');
    const received = [{ ...first, atMs: 4_900 }, ...later.map((each) => ({ ...each, atMs: 5_001 }))];
    const events = good.events.map((each) => (each.jobId === 'b' ? { ...each, at: each.at + 4_700 } : each));
    const traffic = { trafficFromMs: 1_000, trafficMs: 4_000 };
    expect(figuresFor([{ ...good, events, received }], traffic)).toMatchObject({
      jobs_finished_total: 2,
      jobs_finished_per_second: 0.25,
      webhook_requests_total: 16,
      webhook_requests_per_second: 0.25,
    });
  });

  it('measure waits, runs and whole jobs by the times of the log', () => {
    // Each event comes 100 ms after the one before it.
    expect(figuresFor([good])).toMatchObject({ queue_wait_p50_ms: 100, run_p99_ms: 100, end_to_end_max_ms: 400 });
  });

  it('leave out of the waits what waits for a worker that rests', () => {
    const resting = goodJob('a').map((each) => ({ ...each, data: { ...each.data, work_kind: rankedKind } }));
    expect(figuresFor([{ ...empty, events: resting }])).toMatchObject({ queue_wait_p50_ms: null, run_p50_ms: 100 });
    expect(figuresFor([{ ...empty, events: resting }])['end_to_end_p50_ms']).toBe(null);
  });

  it('count a whole job from when it may run', () => {
    const [created, ...rest] = goodJob('a').map(({ name, data }) => [name, data] as const);
    const executionAt = new Date(began + 100).toISOString();
    const events = historyOf('a', [[created?.[0] ?? '', { ...created?.[1], execution_at: executionAt }], ...rest]);
    expect(figuresFor([{ ...empty, events }])['end_to_end_max_ms']).toBe(300);
  });

  it('measure webhooks to the first request at the receiver that answers at once', () => {
    const [event] = goodJob('a');
    if (event === undefined) throw new Error('there is no event');
    const received = [
      receivedOf(event, { receiver: 'slow', atMs: 5 }),
      receivedOf(event, { atMs: 30 }),
      receivedOf(event, { atMs: 900 }),
    ];
    expect(figuresFor([{ ...good, received }])['webhook_max_ms']).toBe(30);
  });

  it('count calls without an answer as errors, and not those that were hung up on purpose', () => {
    const unknown = { outcome: 'unknown', status: null } as const;
    const ends = [endOf('a', { ...unknown, isHangUp: true }), endOf('b', unknown)];
    const others = callsIn({ ...good, ends: [] }).length;
    expect(figuresFor([{ ...good, ends }])).toMatchObject({ errors_total: 1, calls_total: others + 1 });
  });

  it('are nothing where nothing was measured', () => {
    expect(figuresFor([empty])).toMatchObject({ submit_p99_ms: null, webhook_p99_ms: null, errors_total: 0 });
  });

  it('leave the noisy client out where they compare clients', () => {
    const shared = (waitMs: number, clientId: string): History => ({
      ...empty,
      clientId,
      submits: [submitOf('a')],
      events: historyOf('a', [
        ['JobCreated', { work_kind: 'SUCCESS_FAST' }],
        ['JobQueued', {}, { at: began }],
        ['JobAssigned', {}, { at: began + waitMs }],
      ]),
    });
    const histories = [shared(9_000, 'noisy'), shared(40, 'c1'), shared(100, 'c2')];
    expect(figuresFor(histories, { noisyClientIds: ['noisy'] })).toMatchObject({
      fairness_queue_wait_p95_gap_ms: 60,
      quiet_clients_queue_wait_p95_ms: 100,
    });
  });
});
