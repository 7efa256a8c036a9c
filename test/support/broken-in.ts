import { type History } from '../../src/simulator/judge/history.js';
import { verdictsOn } from '../../src/simulator/judge/judge.js';

/** The invariants that a history breaks. */
export const brokenIn = (history: History): readonly string[] =>
  verdictsOn([history])
    .filter(({ faultCount }) => faultCount > 0)
    .map(({ invariant }) => invariant);
