import { describe, expect, it } from '@jest/globals';
import { faultsBetweenFields } from './submission.rules.js';

const execution_at = '2026-01-31T08:00:00.000Z';
const rules = { now: Date.parse(execution_at), maxDeferDays: 1, allowedWorkKinds: null };

describe('a submit', () => {
  it('that gives an EXECUTE job a time is told of the type that takes one', () => {
    expect(faultsBetweenFields({ type: 'EXECUTE', work_kind: 'email.send', execution_at }, rules)).toEqual([
      { pointer: '/execution_at', detail: 'is not for EXECUTE jobs; use DEFERRED' },
    ]);
  });
});
