import { type Recorder } from '../records/recorder.js';
import { type RunClock } from '../run-clock.js';

/** What every actor of a run shares. */
export interface Stage {
  readonly seed: number;
  readonly clock: RunClock;
  readonly recorder: Recorder;
}
