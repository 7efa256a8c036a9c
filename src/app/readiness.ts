import { Health } from '../admin/health.js';
import { unservedSince } from '../dispatch/unserved-jobs.js';
import { type Followers, type FollowerStatus, type RefusedFollower } from '../engine/followers/followers.js';
import { type FollowerWatch } from '../engine/followers/follower-watch.js';
import { countLateTimers } from '../engine/timers/timer-counts.js';
import { type Clock } from '../platform/clock/clock.js';
import { type Drain } from '../platform/http/drain.js';
import { ping } from '../platform/postgres/ping.js';
import { type Storage } from './storage.js';

interface ReadyParts {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Null where this process follows nothing. */
  readonly followers: Pick<Followers, 'refused' | 'status'> | null;
  /** Sees all of them, wherever they run. */
  readonly watch: Pick<FollowerWatch, 'stands'>;
  readonly firesTimers: boolean;
  /** Hands out leases. */
  readonly hasWorkers: boolean;
  readonly drain: Drain;
}

/**
 * How long a follower may stall: longer than a killed leader's wait for the next one, and reported within ten seconds.
 */
const maxStallMs = 7_000;
const overdueAfterMs = 10_000;
/** Counted no further. */
const maxLate = 1000;
const unheardAfterMs = 10_000;
/** Postgres needs room for its log, and cannot say so in time: with a full disk it ends. */
const leastFreeBytes = 256 * 1024 * 1024;

/** What must be well for this process to do what it was started for; parts of roles it does not have are not asked. */
export function readinessOf(parts: ReadyParts): Health {
  const { storage, clock, followers, watch, firesTimers, hasWorkers, drain } = parts;
  const health = new Health();
  health.add('database', async () => {
    await ping(storage.health);
    return null;
  });
  health.add('event_store', async () => {
    await storage.store.head();
    return null;
  });
  const { freeBytes } = storage;
  if (freeBytes !== null)
    health.add('disk', async () => {
      const free = await freeBytes();
      return free >= leastFreeBytes ? null : `${Math.floor(free / 1024 / 1024)} MiB are free where the stores lie`;
    });
  // From memory alone: where the database holds them up, asking it would be held up as well.
  health.add('followers', () => {
    const refused = followers?.refused() ?? [];
    const stalled = stalledOf(watch, new Set(refused.map(({ name }) => name)));
    return Promise.resolve(sentence([...refused.map(refusalOf), ...stalled]));
  });
  if (followers !== null)
    // Degraded: whatever made a value that cannot be applied must not take the node from all other clients.
    health.add('parked_streams', async () => sentence((await followers.status()).flatMap(parkedOf)), 'degraded');
  if (firesTimers)
    // Degraded: thirty thousand that one client made due at one moment must not take every node from all others.
    health.add(
      'timers',
      async () => {
        const late = await countLateTimers(storage.health, clock.due() - overdueAfterMs, maxLate);
        return late === 0
          ? null
          : `${late === maxLate ? `${maxLate} or more` : late} are overdue by more than ${overdueAfterMs} ms`;
      },
      'degraded',
    );
  if (hasWorkers)
    health.add(
      'workers',
      async () => {
        const waitedMs = clock.due() - ((await unservedSince(storage.health)) ?? Number.POSITIVE_INFINITY);
        return waitedMs < unheardAfterMs
          ? null
          : `a job has been waiting for ${Math.round(waitedMs / 1000)} s and no worker holds any`;
      },
      'degraded',
    );
  health.add('drain', () => Promise.resolve(drain.isLeaving ? 'the node is stopping' : null));
  return health;
}

const refusalOf = ({ name, reason }: RefusedFollower): string => `${name} must not run: ${reason}`;

const stalledOf = (watch: ReadyParts['watch'], except: ReadonlySet<string>): string[] =>
  [...watch.stands()]
    .filter(([name, { hasBegun, stalledMs }]) => hasBegun && stalledMs > maxStallMs && !except.has(name))
    .map(([name, { stalledMs }]) => `${name} is behind and has not moved for ${Math.round(stalledMs / 1000)} s`);

const parkedOf = ({ name, parked }: FollowerStatus): string[] =>
  parked === 0 ? [] : [`${name} has ${parked === 1 ? 'one' : parked} waiting behind an event it cannot apply`];

/** What is wrong with receivers of webhooks, by how many of them keep failing. */
export const troubleWith = (failingReceivers: number): string | null =>
  failingReceivers === 0
    ? null
    : `${failingReceivers === 1 ? 'a receiver of webhooks keeps' : `${failingReceivers} receivers of webhooks keep`} failing`;

/** Why names of receivers and targets cannot be asked for, which holds up all that are not known by address. */
export const troubleWithNames = (trouble: Error | null): string | null =>
  trouble === null ? null : 'the name servers of this node cannot be asked';

const sentence = (troubles: readonly string[]): string | null => (troubles.length === 0 ? null : troubles.join('; '));
