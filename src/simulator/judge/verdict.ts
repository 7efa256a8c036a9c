import { type Fault } from './history.js';

export interface Verdict {
  readonly invariant: string;
  readonly promise: string;
  /** In how many cases it could have been broken. */
  readonly cases: number;
  readonly faultCount: number;
  /** The first of them. */
  readonly faults: readonly Fault[];
  /** What could not be judged, and why; absent where everything was. */
  readonly notJudged?: readonly string[];
}

/** What is known of a promise: one that a run had no case for is neither held nor broken. */
type VerdictState = 'held' | 'broken' | 'not exercised';

export function stateOf({ cases, faultCount }: Verdict): VerdictState {
  if (faultCount > 0) return 'broken';
  return cases === 0 ? 'not exercised' : 'held';
}

/** How many of the verdicts say so. */
export const countOf = (verdicts: readonly Verdict[], state: VerdictState): number =>
  verdicts.filter((verdict) => stateOf(verdict) === state).length;

const maxFaultsTold = 50;

/** Counts all faults and keeps the first. */
export class Findings {
  readonly first: Fault[] = [];
  count = 0;

  add(fault: Fault): void {
    this.count += 1;
    if (this.first.length < maxFaultsTold) this.first.push(fault);
  }
}

interface Judged {
  readonly name: string;
  readonly promise: string;
}

/** What became of one invariant. */
export function verdictOn(judged: Judged, faults: Iterable<Fault>, cases: number): Verdict {
  const findings = new Findings();
  for (const fault of faults) findings.add(fault);
  return verdictFrom(judged, findings, cases);
}

export const verdictFrom = (
  { name, promise }: Judged,
  { count, first }: Findings,
  cases: number,
  notJudged: readonly string[] = [],
): Verdict => ({
  invariant: name,
  promise,
  cases,
  faultCount: count,
  faults: first,
  ...(notJudged.length > 0 ? { notJudged: notJudged.slice(0, maxFaultsTold) } : {}),
});
