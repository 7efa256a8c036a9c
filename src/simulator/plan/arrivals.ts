import { type Random } from './random.js';

/** When submits come, over the length of a run. */
export type Arrivals =
  | { readonly pattern: 'steady' | 'poisson'; readonly perSecond: number }
  /** `size` at once, every so often. */
  | { readonly pattern: 'bursts'; readonly size: number; readonly everyMs: number }
  /** Grows evenly from the beginning of the run to its end. */
  | { readonly pattern: 'ramp'; readonly fromPerSecond: number; readonly toPerSecond: number };

/** The moments of all submits, in milliseconds from the beginning, in order. */
export function* arrivalsIn(forMs: number, arrivals: Arrivals, random: Random): Generator<number, void> {
  if (arrivals.pattern === 'bursts') {
    for (let at = 0; at < forMs; at += arrivals.everyMs) for (let n = 0; n < arrivals.size; n += 1) yield at;
    return;
  }
  for (let at = gapMs(arrivals, 0, random); at < forMs; at += gapMs(arrivals, at / forMs, random)) yield at;
}

/** How long until the next one; `progress` runs from 0 to 1. */
function gapMs(arrivals: Exclude<Arrivals, { pattern: 'bursts' }>, progress: number, random: Random): number {
  if (arrivals.pattern === 'ramp') {
    const { fromPerSecond, toPerSecond } = arrivals;
    return 1_000 / (fromPerSecond + (toPerSecond - fromPerSecond) * progress);
  }
  const meanMs = 1_000 / arrivals.perSecond;
  return arrivals.pattern === 'steady' ? meanMs : -Math.log(1 - random.next()) * meanMs;
}
