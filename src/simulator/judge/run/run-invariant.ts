import { type Fault, type History } from '../history.js';
import { type Calm } from './calm.js';

/** A whole run: what all clients saw, and when nothing was wrong on purpose. */
export interface Run {
  readonly histories: readonly History[];
  readonly calm: Calm;
}

/** What a run is held to, by the time that things took and by what clients have in common. */
export interface RunInvariant {
  readonly name: string;
  /** What it holds the engine to, in a sentence. */
  readonly promise: string;
  readonly faultsIn: (run: Run) => Iterable<Fault>;
  /** In how many cases it could have been broken: none, and it is not known to hold. */
  readonly casesIn: (run: Run) => number;
}
