import { pause } from '../../platform/async/pause.js';
import { type RunClock } from '../run-clock.js';
import { misread } from './invariants/misread.js';
import { type Observer } from './observer.js';

/** By then every read model shows what the log has; before, it may be a moment behind. */
const maxSettleMs = 15_000;
const betweenLooksMs = 500;

/** Reads what is shown of each client until it shows what the log says, or until they have had their time. */
export async function settled(observers: readonly Observer[], clock: RunClock, signal: AbortSignal): Promise<void> {
  let unsettled = await unsettledOf(observers);
  // A first look at many clients takes longer than any of them has to settle.
  const endMs = clock.sinceMs() + maxSettleMs;
  while (unsettled.length > 0 && clock.sinceMs() < endMs && !signal.aborted) {
    await pause(betweenLooksMs, signal);
    unsettled = await unsettledOf(unsettled);
  }
}

/** Looks at each once, and gives those that are shown otherwise than their log says. */
async function unsettledOf(observers: readonly Observer[]): Promise<readonly Observer[]> {
  for (const observer of observers) await observer.lookAtReadModels();
  return observers.filter(({ history }) => [...misread.faultsIn(history)].length > 0);
}
