import { hostname } from 'node:os';
import { Leases } from '../../jobs/leasing/leases.js';
import { LeaseWaiters } from '../../jobs/leasing/lease-waiters.js';
import { UndeliveredLeases } from '../../jobs/leasing/undelivered-leases.js';
import { WorkerSlots } from '../../dispatch/worker-slots.js';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Ids } from '../../platform/ids/ids.js';
import { type LeaseSource } from '../../sdk/lease-source.js';
import { BuiltInWorker } from '../../worker/built-in-worker.js';
import { kindsSoonOver } from '../../worker/synthetic-catalog.js';
import { builtInExecutors } from '../built-in-executors.js';
import { InProcessLeases } from '../in-process-leases.js';
import { type Application } from './open-application.js';
import { type Starting } from './starting.js';

/** Where a worker in this process gets the jobs of every client, which share so many slots; null: the first come first. */
export type LeasesFor = (workerId: string, sharedSlots?: number | null) => LeaseSource;

/** Opens the way to jobs for workers in this process, and starts the built-in one where it is asked for. */
export function startWork(starting: Starting, application: Application, clock: Clock, ids: Ids): LeasesFor {
  const { config, shutdown } = starting;
  const { context, drain, egress } = application;
  const waiters = context.get(LeaseWaiters, { strict: false });
  const commands = context.get(CommandSender, { strict: false });
  const leases = context.get(Leases, { strict: false });
  const undelivered = context.get(UndeliveredLeases, { strict: false });
  const leasesFor: LeasesFor = (workerId, sharedSlots = null) => {
    const slots = sharedSlots === null ? null : new WorkerSlots(sharedSlots, kindsSoonOver(config.syntheticTimeScale));
    return new InProcessLeases(commands, leases, ids, workerId, config.leaseMs, undelivered, slots, () => {
      waiters.lookAgainForShared();
    });
  };
  let worker: BuiltInWorker | null = null;
  // All at once: a worker here or elsewhere that waited for jobs is sent home before anything has time to end.
  shutdown.add('work', async () => {
    const drained = worker?.stop();
    drain.leave();
    waiters.close();
    await drained;
  });
  if (starting.has('worker')) {
    worker = builtInWorker(starting, leasesFor, builtInExecutors(egress, clock));
    worker.start();
  }
  return leasesFor;
}

function builtInWorker(
  { config, log }: Starting,
  leasesFor: LeasesFor,
  executors: ReturnType<typeof builtInExecutors>,
): BuiltInWorker {
  const workerId = `built-in:${hostname()}:${process.pid}`;
  return new BuiltInWorker({
    source: leasesFor(workerId, config.workerConcurrency),
    workerId,
    executors,
    concurrency: config.workerConcurrency,
    heartbeatMs: config.heartbeatMs,
    leaseMs: config.leaseMs,
    drainMs: Math.floor(config.shutdownMs * 0.6),
    syntheticTimeScale: config.syntheticTimeScale,
    allowedWorkKinds: config.allowedWorkKinds,
    onError: (error, { action, lease }) => {
      log.warn({ action: `worker_${action}_failed`, job_id: lease?.jobId ?? null, err: error });
    },
  });
}
