import { type History } from '../judge/history.js';
import { type FaultRecord } from '../records/records.js';

/** A fault, and what the clients noticed of it. */
export interface Recovery extends Omit<FaultRecord, 'kind'> {
  /** From when its cause was gone until a submit and a request for leases that came later were answered well; null: never. */
  readonly recoveryMs: number | null;
  /** The longest time in it, and until then, in which no submit was acknowledged. */
  readonly outageMs: number;
}

/** How the service stood each fault, as its clients saw it. */
export function recoveriesOf(faults: readonly FaultRecord[], histories: readonly History[]): readonly Recovery[] {
  const acknowledged = histories
    .flatMap(({ submits }) => submits)
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ atMs, tookMs }) => ({ atMs, endMs: atMs + tookMs }))
    .toSorted((one, other) => one.endMs - other.endMs);
  const leased = histories.flatMap(({ leases }) => leases).map(({ atMs }) => atMs);
  return faults.map((fault) => recoveryOf(fault, acknowledged, leased));
}

interface Acknowledged {
  readonly atMs: number;
  readonly endMs: number;
}

function recoveryOf(
  { kind: _, ...fault }: FaultRecord,
  acknowledged: readonly Acknowledged[],
  leased: readonly number[],
): Recovery {
  const submitMs = acknowledged.find(({ atMs }) => atMs >= fault.endedMs)?.endMs ?? null;
  const leaseMs = firstFrom(fault.endedMs, leased);
  const recoveredMs = submitMs === null || leaseMs === null ? null : Math.max(submitMs, leaseMs);
  const untilMs = submitMs ?? fault.healedMs;
  const inside = acknowledged.map(({ endMs }) => endMs).filter((endMs) => endMs > fault.atMs && endMs < untilMs);
  return {
    ...fault,
    recoveryMs: recoveredMs === null ? null : Math.round(recoveredMs - fault.endedMs),
    outageMs: Math.round(longestGap([fault.atMs, ...inside, untilMs])),
  };
}

function firstFrom(fromMs: number, moments: readonly number[]): number | null {
  const later = moments.filter((atMs) => atMs >= fromMs);
  return later.length === 0 ? null : later.reduce((first, atMs) => Math.min(first, atMs));
}

const longestGap = (moments: readonly number[]): number =>
  moments.slice(1).reduce((longest, moment, index) => Math.max(longest, moment - (moments[index] ?? moment)), 0);
