import { type Instant } from './instant.js';

/** A time in which nothing was there to fire timers; something was at both its ends. */
export interface Outage {
  readonly from: Instant;
  readonly to: Instant;
}

/** In their order and apart from each other, as one that overlaps another or begins at its end is the same to whoever waited. */
export function mergedOutages(outages: readonly Outage[]): readonly Outage[] {
  const merged: Outage[] = [];
  for (const outage of [...outages].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last === undefined || outage.from > last.to) merged.push(outage);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, outage.to) };
  }
  return merged;
}
