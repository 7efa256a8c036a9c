import { type Fault, type History, type Invariant } from './history.js';
import { altered } from './invariants/altered.js';
import { astray } from './invariants/astray.js';
import { disordered } from './invariants/disordered.js';
import { doubled } from './invariants/doubled.js';
import { early } from './invariants/early.js';
import { fenced } from './invariants/fenced.js';
import { foreign } from './invariants/foreign.js';
import { forged } from './invariants/forged.js';
import { illegal } from './invariants/illegal.js';
import { lost } from './invariants/lost.js';
import { misinformed } from './invariants/misinformed.js';
import { misplaced } from './invariants/misplaced.js';
import { misread } from './invariants/misread.js';
import { mistaken } from './invariants/mistaken.js';
import { rejected } from './invariants/rejected.js';
import { refused } from './invariants/refused.js';
import { retried } from './invariants/retried.js';
import { scheduled } from './invariants/scheduled.js';
import { stale } from './invariants/stale.js';
import { undelivered } from './invariants/undelivered.js';
import { unexpected } from './invariants/unexpected.js';
import { unfinished } from './invariants/unfinished.js';
import { unheeded } from './invariants/unheeded.js';
import { unrepeated } from './invariants/unrepeated.js';
import { type Verdict, verdictOn } from './verdict.js';

/** What a history is held to, in the order of the report. */
export const invariants: readonly Invariant[] = [
  lost,
  unexpected,
  doubled,
  illegal,
  fenced,
  altered,
  early,
  unfinished,
  unheeded,
  retried,
  mistaken,
  scheduled,
  misread,
  stale,
  refused,
  rejected,
  misplaced,
  foreign,
  undelivered,
  unrepeated,
  astray,
  disordered,
  forged,
  misinformed,
];

/** Those that a history breaks only until everything has had its time. */
const untilDrained: readonly Invariant[] = [lost, unfinished, scheduled, undelivered, unrepeated];

/** What became of each invariant over the histories of all clients. */
export const verdictsOn = (histories: readonly History[]): readonly Verdict[] =>
  invariants.map((invariant) => verdictOn(invariant, faultsOf(invariant, histories), casesOf(invariant, histories)));

function* faultsOf({ faultsIn }: Invariant, histories: readonly History[]): Iterable<Fault> {
  for (const history of histories) yield* faultsIn(history);
}

const casesOf = ({ casesIn }: Invariant, histories: readonly History[]): number =>
  histories.reduce((sum, history) => sum + (casesIn?.(history) ?? history.events.length), 0);

/** How much is still to come, so that a wait for it knows when to end. */
export const stillToCome = (history: History): number =>
  untilDrained.reduce((sum, { faultsIn }) => sum + [...faultsIn(history)].length, 0);
