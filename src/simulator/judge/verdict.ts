import { type Fault } from './history.js';

export interface Verdict {
  readonly invariant: string;
  readonly promise: string;
  readonly faultCount: number;
  /** The first of them. */
  readonly faults: readonly Fault[];
  /** What could not be judged, and why; absent where everything was. */
  readonly notJudged?: readonly string[];
}

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

/** What became of one invariant. */
export function verdictOn(
  { name, promise }: { readonly name: string; readonly promise: string },
  faults: Iterable<Fault>,
  notJudged: readonly string[] = [],
): Verdict {
  const findings = new Findings();
  for (const fault of faults) findings.add(fault);
  return verdictFrom({ name, promise }, findings, notJudged);
}

export const verdictFrom = (
  { name, promise }: { readonly name: string; readonly promise: string },
  { count, first }: Findings,
  notJudged: readonly string[] = [],
): Verdict => ({
  invariant: name,
  promise,
  faultCount: count,
  faults: first,
  ...(notJudged.length > 0 ? { notJudged: notJudged.slice(0, maxFaultsTold) } : {}),
});
