import { Health } from '../admin/health.js';
import type { Followers, FollowerStatus } from '../engine/followers/followers.js';
import type { Clock } from '../platform/clock/clock.js';
import type { Drain } from '../platform/http/drain.js';
import type { Storage } from './storage.js';

export interface ReadyParts {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Null where this process follows nothing. */
  readonly followers: Pick<Followers, 'status'> | null;
  readonly firesTimers: boolean;
  readonly drain: Drain;
}

const longestStallMs = 10_000;
const overdueAfterMs = 10_000;

/** What must be well for this process to do what it was started for; parts of roles it does not have are not asked. */
export function readinessOf({ storage, clock, followers, firesTimers, drain }: ReadyParts): Health {
  const health = new Health();
  health.add('database', async () => {
    await storage.health.query('select 1');
    return null;
  });
  health.add('event_store', async () => {
    await storage.store.head();
    return null;
  });
  if (followers !== null) {
    health.add('followers', async () => sentence((await followers.status()).flatMap(troubleOf)));
    health.add('parked_streams', async () => sentence((await followers.status()).flatMap(parkedOf)));
  }
  if (firesTimers)
    health.add('timers', async () => {
      const { rows } = await storage.health.query<{ late: number }>(
        'select count(*)::int as late from (select from forgerun_engine.timers where due_at < $1 limit 1000) as t',
        [new Date(clock.now() - overdueAfterMs)],
      );
      const late = rows[0]?.late ?? 0;
      return late === 0
        ? null
        : `${late === 1000 ? '1000 or more' : late} are overdue by more than ${overdueAfterMs} ms`;
    });
  health.add('drain', () => Promise.resolve(drain.isDraining ? 'the node is stopping' : null));
  return health;
}

function troubleOf({ name, state, lastError, behind, stalledMs }: FollowerStatus): string[] {
  if (state === 'refused') return [`${name} must not run: ${lastError ?? 'unknown'}`];
  if (!behind || stalledMs <= longestStallMs) return [];
  return [`${name} is behind and has not moved for ${Math.round(stalledMs / 1000)} s`];
}

const parkedOf = ({ name, parked }: FollowerStatus): string[] =>
  parked === 0 ? [] : [`${name} has ${parked === 1 ? 'one' : parked} waiting behind an event it cannot apply`];

const sentence = (troubles: readonly string[]): string | null => (troubles.length === 0 ? null : troubles.join('; '));
