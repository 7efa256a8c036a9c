import { describe, expect, it } from '@jest/globals';
import { empty, submitOf } from '../../../test/support/simulated-histories.js';
import { type FaultRecord, type LeaseRecord } from '../records/records.js';
import { recoveriesOf } from './recovery.js';

const fault: FaultRecord = {
  ...{ kind: 'fault', name: 'kill', about: 'a node is ended', target: 'first' },
  ...{ atMs: 1_000, endedMs: 2_000, healedMs: 3_000 },
};
const submits = (...moments: readonly (readonly [number, number])[]) =>
  moments.map(([atMs, tookMs]) => submitOf('j1', { atMs, tookMs }));
const lease = (atMs: number): LeaseRecord => ({
  ...{
    kind: 'lease',
    clientId: 'c',
    atMs,
    jobId: 'j',
    leaseId: 'l',
    attempt: 1,
    payload: null,
    ...{ queue: 'default', workKind: 'email.send', executionTimeoutMs: 5_000 },
    workerId: 'w',
    conduct: 'well',
  },
});

describe('how a fault was stood', () => {
  it('counts from when its cause is gone until both a submit and a lease went well', () => {
    const history = { ...empty, submits: submits([900, 50], [1_900, 400], [2_200, 30]), leases: [lease(2_500)] };
    expect(recoveriesOf([fault], [history])).toMatchObject([{ recoveryMs: 500, outageMs: 1_230 }]);
  });

  it('finds the longest time without an acknowledgement, also where others went well in between', () => {
    const history = { ...empty, submits: submits([1_000, 100], [1_100, 700], [2_000, 10]), leases: [lease(2_001)] };
    expect(recoveriesOf([fault], [history])).toMatchObject([{ recoveryMs: 10, outageMs: 700 }]);
  });

  it('knows of none where nothing went well any more', () => {
    const history = { ...empty, submits: submits([500, 10]) };
    expect(recoveriesOf([fault], [history])).toMatchObject([{ recoveryMs: null, outageMs: 2_000 }]);
  });
});
