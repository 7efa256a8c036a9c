import { stateOf, type Verdict } from '../judge/verdict.js';
import { type Profile, profiles } from '../plan/profiles.js';
import { type RunOptions } from '../run-options.js';

/** From so many minutes on a run reaches everything that its profile is meant to reach. */
const enoughMinutes = 1;
/** What is judged in calm time alone, of which chaos may leave none. */
const inCalmTime: readonly string[] = ['late', 'starved'];
/** What takes two clients. */
const amongClients: readonly string[] = ['foreign'];

/** The invariants that a run was to have a case for, and had none. */
export function unexercisedIn(
  verdicts: readonly Verdict[],
  { profile, minutes, clients, chaos }: Pick<RunOptions, 'profile' | 'minutes' | 'clients' | 'chaos'>,
): readonly string[] {
  if (minutes < enoughMinutes) return [];
  const { exercises } = profiles[profile] as Profile;
  const excused = [...(chaos === null ? [] : inCalmTime), ...(clients > 1 ? [] : amongClients)];
  return verdicts
    .filter((verdict) => stateOf(verdict) === 'not exercised')
    .map(({ invariant }) => invariant)
    .filter((name) => (exercises === 'all' || exercises.includes(name)) && !excused.includes(name));
}
