import { type Verdict, verdictOn } from '../verdict.js';
import { late } from './invariants/late.js';
import { starved } from './invariants/starved.js';
import { type Run, type RunInvariant } from './run-invariant.js';

/** In the order of the report. */
export const runInvariants: readonly RunInvariant[] = [late, starved];

export const verdictsOnRun = (run: Run): readonly Verdict[] =>
  runInvariants.map((invariant) => verdictOn(invariant, invariant.faultsIn(run), invariant.casesIn(run)));
