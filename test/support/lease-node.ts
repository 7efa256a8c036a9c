import { filter } from 'rxjs';
import { onDatabase } from './database-settings.js';
import { Streams } from '../../src/engine/commands/streams.js';
import { type Append, type AppendOutcome, type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { Notifications } from '../../src/engine/followers/notifications.js';
import { ProgressFeed } from '../../src/engine/projector/progress-feed.js';
import { KnownProgress } from '../../src/engine/projector/projection-progress.js';
import { openStorage } from '../../src/app/storage.js';
import { LeaseWaiters } from '../../src/jobs/leasing/lease-waiters.js';
import { JobClaimer } from '../../src/jobs/leasing/job-claimer.js';
import { type LeasedJob, type LeaseRequest } from '../../src/jobs/leasing/lease-request.js';
import { Leases } from '../../src/jobs/leasing/leases.js';
import { QueueSlots } from '../../src/dispatch/queue-slots.js';
import { readyChannel } from '../../src/dispatch/ready-jobs.js';
import { ReadySweep } from '../../src/jobs/leasing/ready-sweep.js';
import { UndeliveredLeases } from '../../src/jobs/leasing/undelivered-leases.js';
import { type Instant } from '../../src/kernel/instant.js';
import { AlignedClock } from '../../src/platform/clock/aligned-clock.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { readConfig } from '../../src/platform/config/config.js';
import { RandomIds } from '../../src/platform/ids/ids.js';
import { logOn } from '../../src/platform/observability/log.js';
import { logBeside } from './event-store-under-test.js';
import { type TestDatabase } from './postgres.js';

/** What a test puts between a node and its log: it sees every call of `appendMany`, and answers in the log's place. */
export type AroundAppends = (
  append: () => Promise<readonly AppendOutcome[]>,
  appends: readonly Append[],
) => Promise<readonly AppendOutcome[]>;

export interface LeaseNodeOptions {
  /** How far its clock is behind the database's. */
  readonly behindMs?: number;
  readonly around?: AroundAppends;
}

/** The part of a node that grants leases, with a clock and a log that a test may spoil. */
export interface LeaseNode {
  lease(clientId: string, changes?: Partial<LeaseRequest>): Promise<readonly LeasedJob[]>;
  /** One look of the sweep at everything, whichever node's turn it is and however young; how many rows it mended. */
  sweep(): Promise<number | null>;
  stop(): Promise<void>;
}

class Behind extends Clock {
  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
  ) {
    super();
  }

  now(): Instant {
    return this.clock.now() - this.ms;
  }
}

const ignore = (): void => undefined;

export async function startLeaseNode(
  { connectionString }: TestDatabase,
  { behindMs = 0, around = (append) => append() }: LeaseNodeOptions = {},
): Promise<LeaseNode> {
  const config = readConfig({ ...onDatabase(connectionString), ...(await logBeside(connectionString)) });
  const storage = await openStorage(config, logOn({ write: ignore }, 'fatal'));
  const aligned = new AlignedClock({ onJump: ignore, onStep: ignore, onTrouble: ignore });
  await aligned.start(storage.health);
  const clock = new Behind(aligned, behindMs);
  const streams = new Streams(withAppends(storage.store, around), clock, { cachedCharacters: 1_000_000 });
  const progress = new KnownProgress();
  const notifications = new Notifications(storage.session('notifications'), ignore);
  const feed = new ProgressFeed(storage.followers, notifications, progress, ignore);
  const ids = new RandomIds();
  const undelivered = new UndeliveredLeases(streams, ids, { withdrawn: ignore, left: ignore, failed: ignore });
  const slots = new QueueSlots(storage.api, progress);
  await slots.refresh();
  const reception = { id: ids.next() };
  const parts = {
    pool: storage.dispatch,
    streams,
    leases: new Leases(storage.api),
    ids,
    clock,
    slots,
    undelivered,
    reception,
  };
  const waiters = new LeaseWaiters(new JobClaimer(parts));
  const waking = progress
    .steps()
    .pipe(filter(({ name }) => name === 'dispatch'))
    .subscribe(({ clients }) => {
      waiters.lookAgain(clients);
    });
  notifications.on(readyChannel, (ms) => {
    waiters.lookAgainIn(Number(ms));
  });
  await notifications.start();
  feed.start();
  const reports = { mended: ignore, failed: ignore };
  const sweep = new ReadySweep({ pool: storage.api, streams, reports, everyMs: 0, minAgeMs: 0 });
  return {
    sweep: () => sweep.pass(),
    lease: (clientId, changes) =>
      waiters.request({
        filter: { clientId, queues: null, workKinds: null },
        workerId: 'w1',
        most: 1,
        waitMs: 10_000,
        leaseMs: 30_000,
        start: false,
        cause: { commandId: ids.next(), actor: 'worker:w1', correlationId: null, causationId: null, traceparent: null },
        signal: new AbortController().signal,
        ...changes,
      }),
    async stop() {
      waking.unsubscribe();
      waiters.close();
      await undelivered.stop();
      await feed.stop();
      await notifications.stop();
      await aligned.stop();
      await storage.close();
    },
  };
}

function withAppends(store: EventStore, around: AroundAppends): EventStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'appendMany')
        return (appends: readonly Append[]) => around(() => target.appendMany(appends), appends);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
