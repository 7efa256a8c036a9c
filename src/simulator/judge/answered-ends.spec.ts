import { describe, expect, it } from '@jest/globals';
import { brokenIn } from '../../../test/support/broken-in.js';
import {
  began,
  empty,
  endOf,
  goodJob,
  historyOf,
  leaseOf,
  submitOf,
} from '../../../test/support/simulated-histories.js';
import { type History } from './history.js';

type Steps = Parameters<typeof historyOf>[1];

const steps: Steps = goodJob('a').map(({ name, data }) => [
  name,
  name === 'JobCreated' ? { ...data, retry: { max_attempts: 2 } } : data,
]);
const retryAt = began + 700;
const lease = { lease_id: 'lease of a' };
const failed: Steps = [
  ...steps.slice(0, 4),
  ['JobFailed', { ...lease, reason: 'error', retryable: true, charged: true, will_retry: true }],
  ['JobRetryScheduled', { retry_at: new Date(retryAt).toISOString() }],
  ['JobQueued', { reason: 'retry' }, { attempt: 2, at: retryAt }],
  ['JobCanceled', {}, { attempt: 2, at: retryAt }],
];
const judged = (events: Steps, end: Partial<History['ends'][number]>): readonly string[] =>
  brokenIn({
    ...{ ...empty, events: historyOf('a', events), submits: [submitOf('a')], leases: [leaseOf('a')] },
    ends: [endOf('a', end)],
  });

describe('the answer to an end', () => {
  it('says how the job stands', () => {
    expect(judged(steps, { state: 'SUCCEEDED' })).toEqual([]);
    expect(judged(steps, { state: 'QUEUED' })).toEqual(['fenced']);
    expect(judged(steps, { state: null })).toEqual(['fenced']);
  });

  it('says when its retry comes', () => {
    expect(judged(failed, { call: 'fail', state: 'FAILED', retryAt })).toEqual([]);
    expect(judged(failed, { call: 'fail', state: 'FAILED', retryAt: null })).toEqual(['fenced']);
    expect(judged(failed, { call: 'fail', state: 'FAILED', retryAt: retryAt + 1 })).toEqual(['fenced']);
  });

  it('may be that to a repeat, which finds the job further on', () => {
    for (const state of ['QUEUED', 'CANCELED']) expect(judged(failed, { call: 'fail', state })).toEqual([]);
    expect(judged(failed, { call: 'fail', state: 'RUNNING' })).toEqual(['fenced']);
  });
});
