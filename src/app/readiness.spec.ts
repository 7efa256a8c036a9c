import { describe, expect, it } from '@jest/globals';
import { type FollowerStatus } from '../engine/followers/followers.js';
import { Clock } from '../platform/clock/clock.js';
import { Drain } from '../platform/http/drain.js';
import { readinessOf } from './readiness.js';
import { type Storage } from './storage.js';

class FixedClock extends Clock {
  now(): number {
    return 0;
  }
}

const well: FollowerStatus = {
  name: 'jobs',
  state: 'running',
  position: 5n,
  head: 5n,
  behind: false,
  parked: 0,
  eventsApplied: 5n,
  lastError: null,
  counters: { batches: 1, events: 5, parked: 0, retries: 0, resubscribed: 0, superseded: 0 },
};

async function partsOf(
  given: {
    followers?: readonly FollowerStatus[] | null;
    stalledMs?: Readonly<Record<string, number>>;
    hasBegun?: boolean;
    late?: number | null;
    queuedAt?: number | null;
    free?: number | null;
    draining?: boolean;
    /** Statements of the followers wait for a lock. */
    isHeldUp?: boolean;
  } = {},
) {
  const {
    followers = [well],
    stalledMs = {},
    hasBegun = true,
    late = 0,
    queuedAt = null,
    free = null,
    draining = false,
    isHeldUp = false,
  } = given;
  const queued_at = queuedAt === null ? null : new Date(queuedAt);
  const storage = {
    health: { query: () => Promise.resolve({ rows: [{ late, queued_at }] }) },
    store: { head: () => Promise.resolve(5n) },
    freeBytes: free === null ? null : () => Promise.resolve(free),
  } as unknown as Storage;
  const drain = new Drain();
  if (draining) drain.begin();
  const { status, parts } = await readinessOf({
    storage,
    clock: new FixedClock(),
    followers:
      followers === null
        ? null
        : {
            status: () => (isHeldUp ? new Promise(() => undefined) : Promise.resolve(followers)),
            refused: () =>
              followers
                .filter(({ state }) => state === 'refused')
                .map(({ name, lastError }) => ({ name, reason: lastError ?? '' })),
          },
    watch: {
      stands: () => new Map(Object.entries(stalledMs).map(([name, ms]) => [name, { hasBegun, stalledMs: ms }])),
    },
    firesTimers: late !== null,
    hasWorkers: queuedAt !== null,
    drain,
  }).report();
  const failing = Object.entries(parts).filter(([, part]) => part.status !== 'ok');
  return {
    status,
    names: Object.keys(parts),
    failing: failing.map(([name, { reason }]) => `${name}: ${reason ?? ''}`),
  };
}

describe('a node is ready', () => {
  it('when all its parts are well', async () => {
    expect(await partsOf()).toMatchObject({ status: 'ready', failing: [] });
  });

  it('whatever parts it does not have', async () => {
    const { names } = await partsOf({ followers: null, late: null });
    expect(names).toEqual(['database', 'event_store', 'followers', 'drain']);
  });

  it('while a follower is behind and gets on', async () => {
    expect(await partsOf({ stalledMs: { jobs: 6_000 } })).toMatchObject({ failing: [] });
  });

  it('where a follower has never run: the release that brings it may not be everywhere yet', async () => {
    expect(await partsOf({ stalledMs: { jobs: 60_000 }, hasBegun: false })).toMatchObject({ failing: [] });
  });
});

describe('a node is ready and says what is not well', () => {
  it('when a job has been waiting for long and nobody works', async () => {
    const { status, failing } = await partsOf({ queuedAt: -12_000 });
    expect([status, failing]).toEqual(['ready', ['workers: a job has been waiting for 12 s and no worker holds any']]);
    expect(await partsOf({ queuedAt: -9_000 })).toMatchObject({ status: 'ready', failing: [] });
  });

  it('when timers are overdue, of which one client may have made very many', async () => {
    const said = (count: string): string[] => [`timers: ${count} are overdue by more than 10000 ms`];
    expect(await partsOf({ late: 3 })).toMatchObject({ status: 'ready', failing: said('3') });
    expect(await partsOf({ late: 1000 })).toMatchObject({ status: 'ready', failing: said('1000 or more') });
  });

  it('when streams wait behind an event', async () => {
    const { status, failing } = await partsOf({ followers: [{ ...well, parked: 2 }] });
    expect([status, failing]).toEqual([
      'ready',
      ['parked_streams: jobs has 2 waiting behind an event it cannot apply'],
    ]);
  });
});

describe('a node is not ready', () => {
  it.each([[[well]], [null]])('when a follower stands still, wherever it runs', async (followers) => {
    const { status, failing } = await partsOf({ followers, stalledMs: { jobs: 8_000, reports: 0 } });
    expect([status, failing]).toEqual(['not_ready', ['followers: jobs is behind and has not moved for 8 s']]);
  });

  it('when a follower stands still, and names it also where the database holds up whoever asks', async () => {
    const { failing } = await partsOf({ stalledMs: { jobs: 8_000 }, isHeldUp: true });
    expect(failing).toContain('followers: jobs is behind and has not moved for 8 s');
  });

  it('when a follower must not run', async () => {
    const followers = [{ ...well, state: 'refused' as const, lastError: 'a newer version' }];
    const { failing } = await partsOf({ followers, stalledMs: { jobs: 9_000 } });
    expect(failing).toEqual(['followers: jobs must not run: a newer version']);
  });

  it('when the disk of an embedded store is nearly full', async () => {
    expect((await partsOf({ free: 200 * 1024 * 1024 })).failing).toEqual([
      'disk: 200 MiB are free where the stores lie',
    ]);
    expect(await partsOf({ free: 300 * 1024 * 1024 })).toMatchObject({ status: 'ready', failing: [] });
  });

  it('when it is stopping', async () => {
    expect((await partsOf({ draining: true })).failing).toEqual(['drain: the node is stopping']);
  });
});
