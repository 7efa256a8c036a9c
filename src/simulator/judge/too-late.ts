import { type ClockJump, type History } from './history.js';

/** What is due so soon is refused by no engine: it takes what has been due for as long. */
const toleranceMs = 1_000;
/** So long a node may go by what the clock was before it was set back. */
const unsettledMs = 40_000;

/** Whether the time of a submit may have passed before the engine read it. */
export function mayBeTooLate(submit: History['submits'][number], jumps: readonly ClockJump[]): boolean {
  const { lateMs, atMs, tookMs } = submit;
  if (lateMs === null) return false;
  const isAmid = jumps.some((jump) => atMs + tookMs >= jump.atMs && atMs <= jump.healedMs + unsettledMs);
  return lateMs > -toleranceMs || isAmid;
}
