import { describe, expect, it } from '@jest/globals';
import { exitCodeOf, outcomeOf, type Report } from './report.js';
import { thresholdsFrom, verdictsOnFigures } from './thresholds.js';

describe('thresholds', () => {
  it('are kept up to the value they name, and missed beyond it', () => {
    const verdicts = verdictsOnFigures(
      { submit_p99_ms: 200, run_p99_ms: 201 },
      { submit_p99_ms: 200, run_p99_ms: 200 },
    );
    expect(verdicts.map(({ isKept }) => isKept)).toEqual([true, false]);
  });

  it('are missed where nothing was measured', () => {
    expect(verdictsOnFigures({ webhook_p99_ms: null }, { webhook_p99_ms: 1_000 })).toEqual([
      { figure: 'webhook_p99_ms', max: 1_000, value: null, isKept: false },
    ]);
  });

  it('name figures of the report and give them numbers; all faults are told at once', () => {
    expect(thresholdsFrom('{"submit_p99_ms": 200, "errors_total": 0}')).toEqual({
      submit_p99_ms: 200,
      errors_total: 0,
    });
    expect(() => thresholdsFrom('{"submit_p99_ms": "200", "sumbit_p99_ms": 1}')).toThrow(
      /submit_p99_ms.*sumbit_p99_ms/,
    );
    for (const text of ['[]', 'null', '{', '7']) expect(() => thresholdsFrom(text)).toThrow(RangeError);
  });
});

describe('the outcome', () => {
  const broken = { invariant: 'lost', promise: '', faultCount: 1, faults: [] };
  const held = { ...broken, faultCount: 0 };
  const missed = { figure: 'submit_p99_ms', max: 1, value: 2, isKept: false };
  const kept = { ...missed, isKept: true };

  it.each([
    ['passed', 0, [held], [kept]],
    ['threshold missed', 1, [held], [kept, missed]],
    ['promise broken', 2, [held, broken], [kept]],
    ['promise broken', 2, [broken], [missed]],
  ] as const)('is %s, with %d', (outcome, code, invariants, thresholds) => {
    expect(outcomeOf(invariants, thresholds)).toBe(outcome);
    expect(exitCodeOf({ outcome } as Report)).toBe(code);
  });
});
