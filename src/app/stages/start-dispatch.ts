import { filter, merge } from 'rxjs';
import { ClientFeed } from '../../clients/keys/client-feed.js';
import { HeartbeatReception } from '../../jobs/leasing/heartbeat-reception.js';
import { LeaseWaiters } from '../../jobs/leasing/lease-waiters.js';
import { NoWorkerWatch } from '../../dispatch/no-worker-watch.js';
import { QueueSlots } from '../../dispatch/queue-slots.js';
import { RecentPolls } from '../../dispatch/recent-polls.js';
import { UndeliveredLeases } from '../../jobs/leasing/undelivered-leases.js';
import { type Application } from './open-application.js';
import { type Following } from './start-following.js';
import { type Starting } from './starting.js';

/** Wakes those that wait for jobs whenever there may be some, and looks after leases that did not arrive. */
export function startDispatch(starting: Starting, application: Application, following: Following): void {
  const { config, shutdown } = starting;
  const { context, http } = application;
  const waking = wakeWaiters(application, following);
  const polls = context.get(RecentPolls, { strict: false });
  polls.start();
  shutdown.add('recent polls', () => polls.stop());
  if (starting.has('api')) watchForWorkers(starting, application);
  // After the application: until then calls come that need a key.
  const keys = context.get(ClientFeed, { strict: false });
  shutdown.add('client feed', () => keys.stop());
  // After the application: requests that it cuts off leave leases behind.
  const undelivered = context.get(UndeliveredLeases, { strict: false });
  const reception = context.get(HeartbeatReception, { strict: false });
  shutdown.add('undelivered leases', async () => {
    if (await undelivered.stop()) await reception.settle();
  });
  shutdown.add('application', async () => {
    waking.unsubscribe();
    if (http === null) await context.close();
    else await http.close(Math.floor(config.shutdownMs * 0.1));
  });
}

function wakeWaiters({ context }: Application, { progress, putBack }: Following) {
  const waiters = context.get(LeaseWaiters, { strict: false });
  const slots = context.get(QueueSlots, { strict: false });
  // A queue that was resumed, or has room again, has jobs that became ready long ago.
  const resumed = progress.steps().pipe(filter(({ name, tables }) => name === 'queue-pauses' && tables?.length !== 0));
  const waking = merge(resumed, slots.changes()).subscribe(() => {
    waiters.lookAgain();
  });
  const moved = progress.steps().pipe(filter(({ name }) => name === 'dispatch'));
  waking.add(
    moved.subscribe(({ clients }) => {
      waiters.lookAgain(clients);
    }),
  );
  waking.add(
    putBack.subscribe((ms) => {
      waiters.lookAgainIn(ms);
    }),
  );
  return waking;
}

function watchForWorkers({ shutdown }: Starting, { context, health }: Application): void {
  const noWorker = context.get(NoWorkerWatch, { strict: false });
  noWorker.start();
  health.add('no_worker', () => Promise.resolve(noWorker.trouble), 'degraded');
  shutdown.add('watch for jobs without a worker', () => noWorker.stop());
}
