import 'reflect-metadata';
import { hostname } from 'node:os';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueryBus } from '@nestjs/cqrs';
import { filter, merge, Subject } from 'rxjs';
import { EngineFacts } from './admin/queries/engine-facts.js';
import { ClientFeed } from './clients/keys/client-feed.js';
import { type AdminKeyOutcome, Operator } from './clients/operator.js';
import { FollowerWatch } from './engine/followers/follower-watch.js';
import { AdoptionWatch } from './engine/installation/adoption-watch.js';
import { Notifications } from './engine/followers/notifications.js';
import { ProgressFeed } from './engine/projector/progress-feed.js';
import { KnownProgress } from './engine/projector/projection-progress.js';
import { ReadConsistency } from './engine/projector/read-consistency.js';
import { ReadConsistencyInterceptor } from './engine/projector/read-consistency.interceptor.js';
import { categories, followersFor, knownFollowers, projections, sagas, timerRunnerFor } from './app/following.js';
import { AppModule } from './app/app.module.js';
import { WorkerSlots } from './dispatch/worker-slots.js';
import { kindsSoonOver } from './worker/synthetic-catalog.js';
import { type Queries, shareReads } from './app/shared-reads.js';
import { InProcessLeases } from './app/in-process-leases.js';
import { exposeEngine, foreignEvents, measured } from './app/observing/engine-telemetry.js';
import { onceReachable } from './app/once-reachable.js';
import { readinessOf, troubleWith, troubleWithNames } from './app/readiness.js';
import { sharedSecret } from './platform/sealing/shared-secret.js';
import { ShutdownSequence, unlessStopped } from './app/shutdown-sequence.js';
import { onFlushRequest, requestFlush } from './engine/projector/flush-requests.js';
import { openStorage, type Storage } from './app/storage.js';
import { LeaseWaiters } from './jobs/leasing/lease-waiters.js';
import { HeartbeatReception } from './jobs/leasing/heartbeat-reception.js';
import { NoWorkerWatch } from './dispatch/no-worker-watch.js';
import { RecentPolls } from './dispatch/recent-polls.js';
import { QueueSlots } from './dispatch/queue-slots.js';
import { Leases } from './jobs/leasing/leases.js';
import { readyChannel } from './dispatch/ready-jobs.js';
import { ReadySweep } from './jobs/leasing/ready-sweep.js';
import { UndeliveredLeases } from './jobs/leasing/undelivered-leases.js';
import { LiveWorkers } from './jobs/leasing/live-workers.js';
import { CommandSender } from './kernel/command-sender.js';
import { AlignedClock } from './platform/clock/aligned-clock.js';
import { Egress } from './platform/egress/egress.js';
import { SystemNames } from './platform/egress/system-names.js';
import { Networks } from './platform/egress/networks.js';
import { builtInExecutors } from './app/built-in-executors.js';
import { deliverEventsScope } from './webhooks/following/deliver-events.follower.js';
import { SealAnew } from './webhooks/secrets/seal-anew.js';
import { DeliverySender } from './webhooks/sending/delivery-sender.js';
import { type Config, InvalidConfig, type Role } from './platform/config/config.js';
import { Drain } from './platform/http/drain.js';
import { createHttpApp, type HttpApp } from './platform/http/http-server.module.js';
import { PositionInterceptor } from './platform/http/position.interceptor.js';
import { RateLimitGuard } from './platform/http/rate-limit.guard.js';
import { RequestTurnsGuard } from './platform/http/request-turns.guard.js';
import { RateLimit } from './platform/http/rate-limit.js';
import { RecentWrites } from './platform/http/recent-writes.js';
import { type Route } from './platform/http/routes.module.js';
import { type Ids, RandomIds } from './platform/ids/ids.js';
import { type Log } from './platform/observability/log.js';
import { RequestWatch } from './platform/observability/request-watch.js';
import { openTelemetry, type Telemetry } from './platform/observability/telemetry.js';
import { SealingKeyUnusable } from './platform/sealing/given-keys.js';
import { openSealing } from './platform/sealing/open-sealing.js';
import { type LeaseSource } from './sdk/lease-source.js';
import { type Handler } from './sdk/running-job.js';
import { BuiltInWorker } from './worker/built-in-worker.js';

/** An engine that runs. */
export interface RunningEngine {
  /** Where the API listens; null without the role. */
  readonly url: string | null;
  /** The calls it answers; none without the API. */
  readonly routes: readonly Route[];
  /** What became of the admin key at this start; null without the API. */
  readonly adminKey: AdminKeyOutcome | null;
  /** Sends commands, for programs that live in this process. */
  readonly commands: CommandSender;
  /** Where a worker in this process gets the jobs of every client, which share so many slots; null: the first come first. */
  leasesFor(workerId: string, sharedSlots?: number | null): LeaseSource;
  /** Whose log it is. */
  readonly installation: string;
  /** Resolves with a sentence when another database has adopted the log: then this process has to stop. */
  readonly adopted: Promise<string>;
  /** Takes nothing new, finishes or hands back what runs, closes. Within the configured time. Repeatable. */
  stop(): Promise<void>;
}

/**
 * Starts the roles asked for, in the order they need each other. What was opened is closed again if one of them fails, or
 * when `stop` fires first, whatever it waits for then; that is a `StartStopped`.
 */
export async function startEngine(
  config: Config,
  log: Log,
  given?: Telemetry,
  stop?: AbortSignal,
): Promise<RunningEngine> {
  const shutdown = new ShutdownSequence(log);
  try {
    const telemetry = given ?? (await openTelemetry({ env: process.env }));
    shutdown.add('telemetry', () => telemetry.close());
    const opened = await openStorage(config, log, foreignEvents(log, telemetry.metrics, categories), stop);
    shutdown.add('storage', () => opened.close());
    return await unlessStopped(open(config, log, telemetry, opened, shutdown, stop), stop);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function open(
  config: Config,
  log: Log,
  telemetry: Telemetry,
  opened: Storage,
  shutdown: ShutdownSequence,
  stop: AbortSignal | undefined,
): Promise<RunningEngine> {
  const has = (role: Role): boolean => config.roles.includes(role);
  const ids = new RandomIds();
  const { metrics } = telemetry;
  const storage = measured(opened, metrics);
  const clock = openClock(log, metrics);
  const reached = <Answer>(what: string, work: () => Promise<Answer>): Promise<Answer> =>
    onceReachable(what, log, stop, work);
  await reached('database', () => clock.start(storage.health));
  shutdown.add('clock', () => clock.stop());

  const progress = new KnownProgress();
  const failed = (error: Error): void => {
    log.warn({ action: 'notifications_failed', error_message: error.message });
  };
  const notifications = new Notifications(storage.session('notifications'), failed);
  shutdown.add('notifications', () => notifications.stop());
  const feed = new ProgressFeed(storage.followers, notifications, progress, failed);
  shutdown.add('progress feed', () => feed.stop());
  const parts = { storage, clock, progress, notifications, log, metrics };
  const following = followersFor({ projector: has('projector'), saga: has('saga') }, parts);
  const flushing = { progress, notifications, pool: storage.api, onError: failed };
  const quiet =
    has('projector') && following !== null ? onFlushRequest(flushing, following.followers) : requestFlush(flushing);
  shutdown.add('flush requests', () => {
    quiet();
    return Promise.resolve();
  });
  const putBack = new Subject<number>();
  notifications.on(readyChannel, (ms) => {
    putBack.next(Number(ms));
  });
  await notifications.start();
  feed.start();
  if (following !== null) {
    await following.followers.start();
    shutdown.add('followers', () => following.followers.stop());
  }

  const watch = new FollowerWatch({
    names: knownFollowers.map(({ name }) => name),
    pool: storage.health,
    store: storage.store,
    failed: (error) => {
      log.debug({ action: 'followers_not_seen', error_message: error.message });
    },
  });
  watch.start();
  shutdown.add('follower watch', () => watch.stop());

  const adopted = new Promise<string>((resolve) => {
    const watch = new AdoptionWatch(storage.store, storage.installation, {
      adopted: resolve,
      failed: (error) => {
        log.debug({ action: 'adoption_not_looked_for', err: error });
      },
    });
    watch.start();
    shutdown.add('adoption watch', () => watch.stop());
  });

  const drain = new Drain();
  const health = readinessOf({
    storage,
    clock,
    followers: following?.followers ?? null,
    watch,
    firesTimers: has('saga'),
    hasWorkers: has('api'),
    drain,
  });
  const facts = new EngineFacts(config.roles, storeOf(config), knownFollowers, () => clock.skewMs());
  const cursorSecret = await reached('database', () => sharedSecret(storage.api, 'cursors'));
  const sealing = await reached('database', () => openSealing(config, storage.api)).catch((error: unknown) => {
    throw error instanceof SealingKeyUnusable ? new InvalidConfig([error.message]) : error;
  });
  const names = new SystemNames({ servers: config.dnsServers });
  shutdown.add('name look-ups', () => {
    names.close();
    return Promise.resolve();
  });
  health.add('name_servers', () => Promise.resolve(troubleWithNames(names.trouble)), 'degraded');
  const egress = new Egress(new Networks(config.egressAllow), names);
  const workers = new LiveWorkers(config.leaseMs);
  const secrets = { cursorSecret, sealing };
  const dependencies = {
    config,
    storage,
    clock,
    ids,
    progress,
    health,
    facts,
    drain,
    ...secrets,
    egress,
    log,
    telemetry,
    workers,
  };
  const root = AppModule.on(dependencies);
  shutdown.add(
    'figures',
    exposeEngine({ ...dependencies, names, watch, followed: [...projections, ...sagas, deliverEventsScope] }),
  );
  const http = has('api') ? await openApi(root, config, drain, ids, log, telemetry) : null;
  const app: INestApplicationContext =
    http?.app ?? (await NestFactory.createApplicationContext(root, { logger: false }));
  shareReads(app.get<QueryBus, Queries>(QueryBus, { strict: false }));
  const commands = app.get(CommandSender, { strict: false });

  const waiters = app.get(LeaseWaiters, { strict: false });
  const slots = app.get(QueueSlots, { strict: false });
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
  const polls = app.get(RecentPolls, { strict: false });
  polls.start();
  shutdown.add('recent polls', () => polls.stop());
  if (has('api')) {
    const noWorker = app.get(NoWorkerWatch, { strict: false });
    noWorker.start();
    health.add('no_worker', () => Promise.resolve(noWorker.trouble), 'degraded');
    shutdown.add('watch for jobs without a worker', () => noWorker.stop());
  }
  // After the application: until then calls come that need a key.
  const keys = app.get(ClientFeed, { strict: false });
  shutdown.add('client feed', () => keys.stop());
  // After the application: requests that it cuts off leave leases behind.
  const undelivered = app.get(UndeliveredLeases, { strict: false });
  const reception = app.get(HeartbeatReception, { strict: false });
  shutdown.add('undelivered leases', async () => {
    if (await undelivered.stop()) await reception.settle();
  });
  shutdown.add('application', async () => {
    waking.unsubscribe();
    if (http === null) await app.close();
    else await http.close(Math.floor(config.shutdownMs * 0.1));
  });
  if (has('projector')) {
    const sweep = app.get(ReadySweep, { strict: false });
    sweep.start();
    shutdown.add('sweep of ready jobs', () => sweep.stop());
  }
  if (has('saga') && following !== null) {
    const timers = timerRunnerFor(following.timerSignal, (command) => commands.send(command), parts);
    timers.start();
    shutdown.add('timers', () => timers.stop());
    const sealAnew = app.get(SealAnew, { strict: false });
    sealAnew.start();
    shutdown.add('sealing anew', () => sealAnew.stop());
    const sender = app.get(DeliverySender, { strict: false });
    sender.start(following.deliverySignal);
    health.add('receivers', () => Promise.resolve(troubleWith(sender.failingReceivers)), 'degraded');
    shutdown.add('deliveries', () => sender.stop(Math.floor(config.shutdownMs * 0.2)));
  }
  shutdown.add('requests', () => {
    http?.beginDrain();
    return Promise.resolve();
  });
  const leases = app.get(Leases, { strict: false });
  const leasesFor = (workerId: string, sharedSlots: number | null = null): LeaseSource => {
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
  if (has('worker')) {
    const workerId = `built-in:${hostname()}:${process.pid}`;
    const source = leasesFor(workerId, config.workerConcurrency);
    worker = openWorker(config, source, workerId, builtInExecutors(egress, clock), log);
    worker.start();
  }
  // Until then it could not tell which keys are in force.
  if (http !== null) await reached('event store', () => keys.start());
  // Before the key is made: a start that fails here must not have used up the one time it is shown.
  const url = http === null ? null : await http.listen(config.port, config.host);
  if (http !== null) {
    await reception.start();
    shutdown.add('heartbeat reception', () => reception.stop());
  }
  const operator = app.get(Operator, { strict: false });
  const adminKey = http === null ? null : await reached('event store', () => operator.ensure(config.adminKey));
  // A key that was printed must open at once. Another process may project it, and it may be slow to start.
  const head = await reached('event store', () => storage.store.head());
  if (head !== null && http !== null && !(await progress.waitFor('api-keys', head, 10_000)))
    log.warn({ action: 'waiting_for_projector', projection: 'api-keys' });
  return {
    url,
    routes: http?.routes ?? [],
    adminKey,
    commands,
    leasesFor,
    installation: storage.installation.id,
    adopted,
    stop: () => shutdown.run(),
  };
}

async function openApi(
  root: ReturnType<typeof AppModule.on>,
  config: Config,
  drain: Drain,
  ids: Ids,
  log: Log,
  telemetry: Telemetry,
): Promise<HttpApp> {
  const http = await createHttpApp(root, {
    ids,
    drain,
    onFailure: (error, request) => {
      const { requestId, method, route } = request;
      log.error({ action: 'request_failed', request_id: requestId, method, route, err: error });
    },
    observer: new RequestWatch(telemetry.metrics, telemetry.tracing, log),
  });
  // After the guard of the modules, which finds out who is calling.
  http.app.useGlobalGuards(new RateLimitGuard(new RateLimit(config.rateLimitPerMinute)), new RequestTurnsGuard());
  const recent = http.app.get(RecentWrites, { strict: false });
  const consistency = http.app.get(ReadConsistency, { strict: false });
  const readModels = projections.map(({ name }) => name);
  http.app.useGlobalInterceptors(
    new PositionInterceptor(recent),
    new ReadConsistencyInterceptor(consistency, recent, readModels),
  );
  await http.app.init();
  return http;
}

function openClock(log: Log, metrics: Telemetry['metrics']): AlignedClock {
  return new AlignedClock({
    onJump: (jumpMs) => {
      log.warn({ action: 'wall_clock_jumped', jump_ms: jumpMs });
    },
    onStep: (stepMs) => {
      metrics.add('database_clock_steps_total', { direction: stepMs > 0 ? 'forwards' : 'backwards' });
      log.warn({ action: 'database_clock_stepped', step_ms: stepMs });
    },
    onTrouble: (error) => {
      if (error === null) log.info({ action: 'clock_aligned_again' });
      else log.warn({ action: 'clock_not_aligned', error_message: error instanceof Error ? error.message : 'unknown' });
    },
  });
}

function openWorker(
  config: Config,
  source: LeaseSource,
  workerId: string,
  executors: Readonly<Record<string, Handler>>,
  log: Log,
): BuiltInWorker {
  return new BuiltInWorker({
    source,
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

function storeOf({ eventStore }: Config): EngineFacts['store'] {
  if (eventStore === 'embedded') return 'embedded';
  return eventStore.startsWith('esdb') ? 'eventstoredb' : 'postgres';
}
