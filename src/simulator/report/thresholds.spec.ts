import { describe, expect, it } from '@jest/globals';
import { exitCodeOf, outcomeOf, type Report } from './report.js';
import { boundsText, thresholdsFrom, thresholdsWith, verdictsOnFigures } from './thresholds.js';

describe('thresholds', () => {
  const keptAt = (
    value: number | null,
    bounds: { readonly min?: number; readonly max?: number },
  ): boolean | undefined => verdictsOnFigures({ jobs_total: value }, { jobs_total: bounds })[0]?.isKept;

  it('are kept up to the values that they name, and missed beyond them', () => {
    expect([199, 200, 201].map((value) => keptAt(value, { max: 200 }))).toEqual([true, true, false]);
    expect([9, 10, 11].map((value) => keptAt(value, { min: 10 }))).toEqual([false, true, true]);
    expect([9, 10, 20, 21].map((value) => keptAt(value, { min: 10, max: 20 }))).toEqual([false, true, true, false]);
  });

  it('are missed where nothing was measured', () => {
    expect(verdictsOnFigures({ webhook_p99_ms: null }, { webhook_p99_ms: { max: 1_000 } })).toEqual([
      { figure: 'webhook_p99_ms', min: null, max: 1_000, value: null, isKept: false },
    ]);
    expect(keptAt(null, { min: 0 })).toBe(false);
  });

  it('name figures of the report and give them numbers; all faults are told at once', () => {
    expect(
      thresholdsFrom('{"submit_p99_ms": 200, "jobs_total": {"min": 5}, "drain_ms": {"min": 0, "max": 9}}'),
    ).toEqual({
      submit_p99_ms: { max: 200 },
      jobs_total: { min: 5 },
      drain_ms: { min: 0, max: 9 },
    });
    expect(() => thresholdsFrom('{"submit_p99_ms": "200", "sumbit_p99_ms": 1}')).toThrow(
      /submit_p99_ms.*sumbit_p99_ms/,
    );
    for (const bounds of ['null', '{}', '[]', '{"least": 1}', '{"min": "1"}', '{"min": 1, "most": 2}'])
      expect(() => thresholdsFrom(`{"jobs_total": ${bounds}}`)).toThrow(/jobs_total is to be a number, or an object/);
    expect(() => thresholdsFrom('{"jobs_total": {"min": 2, "max": 1}}')).toThrow(/cannot be at least 2 and at most 1/);
    for (const text of ['[]', 'null', '{', '7']) expect(() => thresholdsFrom(text)).toThrow(RangeError);
  });

  it('are an error budget where a file is silent, and nothing goes wrong on purpose', () => {
    const budget = {
      errors_per_thousand_calls: { max: 10 },
      submits_taken_per_thousand: { min: 990 },
      engines_ended_total: { max: 0 },
    };
    expect(thresholdsWith({}, false)).toEqual(budget);
    const given = { errors_per_thousand_calls: { max: 0 }, drain_ms: { max: 5 } };
    expect(thresholdsWith(given, false)).toEqual({ ...budget, ...given });
    expect(thresholdsWith(given, true)).toEqual(given);
  });

  it('say what a figure is to be', () => {
    expect([boundsText({ min: 1, max: null }), boundsText({ min: 1, max: 2 })]).toEqual([
      'at least 1',
      'at least 1, at most 2',
    ]);
  });
});

describe('the outcome', () => {
  const broken = { invariant: 'lost', promise: '', cases: 1, faultCount: 1, faults: [] };
  const held = { ...broken, faultCount: 0 };
  const missed = { figure: 'submit_p99_ms', min: null, max: 1, value: 2, isKept: false };
  const kept = { ...missed, isKept: true };

  it.each([
    ['passed', 0, [held], [], [kept]],
    ['threshold missed', 1, [held], [], [kept, missed]],
    ['not exercised', 1, [held], ['late'], [kept]],
    ['not exercised', 1, [held], ['late'], [missed]],
    ['promise broken', 2, [held, broken], ['late'], [kept]],
    ['promise broken', 2, [broken], [], [missed]],
  ] as const)('is %s, with %d', (outcome, code, invariants, unexercised, thresholds) => {
    expect(outcomeOf({ invariants, unexercised, thresholds })).toBe(outcome);
    expect(exitCodeOf({ outcome } as Report)).toBe(code);
  });
});
