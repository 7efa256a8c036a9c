import { pause } from '../../platform/async/pause.js';
import { type RunClock } from '../run-clock.js';
import { misread } from './invariants/misread.js';
import { type Observer } from './observer.js';

/** By then every read model shows what the log has; before, it may be a moment behind. */
const maxSettleMs = 15_000;
const betweenLooksMs = 500;

/** Reads what is shown of each client until it shows what the log says, or until they have had their time. */
export async function settled(observers: readonly Observer[], clock: RunClock, signal: AbortSignal): Promise<void> {
  const endMs = clock.sinceMs() + maxSettleMs;
  let unsettled = observers;
  for (;;) {
    for (const observer of unsettled) await observer.lookAtReadModels();
    unsettled = unsettled.filter(({ history }) => [...misread.faultsIn(history)].length > 0);
    if (unsettled.length === 0 || clock.sinceMs() > endMs || signal.aborted) return;
    await pause(betweenLooksMs, signal);
  }
}
