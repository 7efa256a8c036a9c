import { type Instant } from './instant.js';

/** A time in which nothing was there to fire timers; something was at both its ends. */
export interface Outage {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * The outages in order, and merged where one overlaps another or begins at its end: to a timer that waited they are the
 * same.
 */
export function mergedOutages(outages: readonly Outage[]): readonly Outage[] {
  const merged: Outage[] = [];
  for (const outage of [...outages].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last === undefined || outage.from > last.to) merged.push(outage);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, outage.to) };
  }
  return merged;
}
