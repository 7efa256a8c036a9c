import { describe, expect, it } from '@jest/globals';
import { cancelOf, empty, endOf, goodJob, historyOf, submitOf } from '../../../test/support/simulated-histories.js';
import { type History } from './history.js';
import { recoveredIn } from './recovered.js';

const unknown = { outcome: 'unknown', status: 503 } as const;
const canceled = historyOf('c', [
  ['JobCreated', { idempotency_key: 'key of c' }],
  ['JobCanceled', { reason: 'requested' }, { actor: 'key:1' }],
]);
const history: History = {
  ...empty,
  events: [...goodJob('a'), ...canceled],
  submits: [submitOf('a', { ...unknown, jobId: null }), submitOf('x', { ...unknown, jobId: null }), submitOf('c')],
  ends: [
    endOf('a', unknown),
    endOf('a', { ...unknown, isHangUp: true }),
    endOf('a', { ...unknown, call: 'fail' }),
    endOf('a'),
  ],
  changes: [cancelOf('c', unknown), cancelOf('a', unknown), cancelOf('a', { ...unknown, call: 'retry' })],
};

describe('what was carried out without an answer', () => {
  it('is counted by the call, beside what was not', () => {
    expect(recoveredIn([history, history])).toEqual([
      { call: 'cancel', unknown: 4, inLog: 2 },
      { call: 'complete', unknown: 2, inLog: 2 },
      { call: 'complete, not waited for', unknown: 2, inLog: 2 },
      { call: 'fail', unknown: 2, inLog: 0 },
      { call: 'retry', unknown: 2, inLog: 0 },
      { call: 'submit', unknown: 4, inLog: 2 },
    ]);
  });
});
