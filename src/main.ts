import 'reflect-metadata';
import { hostname } from 'node:os';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { Health } from './admin/health.js';
import { type AdminKeyOutcome, Operator } from './clients/operator.js';
import { Notifications } from './engine/followers/notifications.js';
import { ProgressFeed } from './engine/projector/progress-feed.js';
import { KnownProgress } from './engine/projector/projection-progress.js';
import { followersFor, timerRunnerFor } from './house/following.js';
import { HouseModule } from './house/house.module.js';
import { InProcessLeases } from './house/in-process-leases.js';
import { sharedSecret } from './house/shared-secret.js';
import { Stopping } from './house/stopping.js';
import { openStorage, type Storage } from './house/storage.js';
import { LeaseDesk } from './jobs/dispatch/lease-desk.js';
import { Leases } from './jobs/dispatch/leases.js';
import { AlignedClock } from './platform/clock/aligned-clock.js';
import { type Config, type Role } from './platform/config/config.js';
import { createHttpApp, type HttpApp } from './platform/http/http-server.module.js';
import { PositionInterceptor } from './platform/http/position.interceptor.js';
import { RecentWrites } from './platform/http/recent-writes.js';
import { type Ids, RandomIds } from './platform/ids/ids.js';
import { type Log } from './platform/observability/log.js';
import { BuiltInWorker } from './worker/built-in-worker.js';

/** An engine that runs. */
export interface House {
  /** Where the API listens; null without the role. */
  readonly url: string | null;
  /** What became of the admin key at this start; null without the API. */
  readonly adminKey: AdminKeyOutcome | null;
  /** Takes nothing new, finishes or hands back what runs, closes. Within the configured time. Repeatable. */
  stop(): Promise<void>;
}

/** Starts the roles asked for, in the order they need each other. What was opened is closed again if one of them fails. */
export async function openHouse(config: Config, log: Log): Promise<House> {
  const stopping = new Stopping(log);
  try {
    return await open(config, log, stopping);
  } catch (error) {
    await stopping.run();
    throw error;
  }
}

async function open(config: Config, log: Log, stopping: Stopping): Promise<House> {
  const has = (role: Role): boolean => config.roles.includes(role);
  const ids = new RandomIds();
  const storage = await openStorage(config, log);
  stopping.add('storage', () => storage.close());
  const clock = openClock(log);
  await clock.start(storage.health);
  stopping.add('clock', () => clock.stop());

  const progress = new KnownProgress();
  const failed = (error: Error): void => {
    log.warn({ action: 'notifications_failed', error_message: error.message });
  };
  const notifications = new Notifications(storage.session('notifications'), failed);
  stopping.add('notifications', () => notifications.stop());
  const feed = new ProgressFeed(storage.followers, notifications, progress, failed);
  stopping.add('progress feed', () => feed.stop());
  const parts = { storage, clock, progress, notifications, log };
  const following = followersFor({ projector: has('projector'), saga: has('saga') }, parts);
  await notifications.start();
  feed.start();
  if (following !== null) {
    await following.followers.start();
    stopping.add('followers', () => following.followers.stop());
  }

  const health = healthOf(storage);
  const cursorSecret = await sharedSecret(storage.api, 'cursors');
  const root = HouseModule.on({ config, storage, clock, ids, progress, health, cursorSecret, log });
  const http = has('api') ? await openApi(root, ids, log) : null;
  const app: INestApplicationContext =
    http?.app ?? (await NestFactory.createApplicationContext(root, { logger: false }));
  const bus = app.get(CommandBus, { strict: false });
  const tell = (command: object): Promise<unknown> => bus.execute(command as never);

  const desk = app.get(LeaseDesk, { strict: false });
  const waking = progress.changes('dispatch').subscribe(() => {
    desk.wake();
  });
  stopping.add('application', async () => {
    waking.unsubscribe();
    if (http === null) await app.close();
    else await http.close(config.shutdownMs);
  });
  if (has('saga') && following !== null) {
    const timers = timerRunnerFor(following.alarm, { send: async (command) => (await tell(command)) as 'done' }, parts);
    timers.start();
    stopping.add('timers', () => timers.stop());
  }
  stopping.add('lease desk', () => {
    http?.beginDrain();
    desk.close();
    return Promise.resolve();
  });
  if (has('worker')) {
    const worker = openWorker(config, app.get(Leases, { strict: false }), tell, ids, log);
    worker.start();
    stopping.add('worker', () => worker.stop());
  }
  const adminKey = http === null ? null : await app.get(Operator, { strict: false }).ensure(config.adminKey);
  // A key that was printed must open at once. Another process may project it, and it may be slow to start.
  const head = await storage.store.head();
  if (head !== null && http !== null && !(await progress.waitFor('api-keys', head, 10_000)))
    log.warn({ action: 'waiting_for_projector', projection: 'api-keys' });
  const url = http === null ? null : await http.listen(config.port, config.host);
  return { url, adminKey, stop: () => stopping.run() };
}

async function openApi(root: ReturnType<typeof HouseModule.on>, ids: Ids, log: Log): Promise<HttpApp> {
  const http = await createHttpApp(root, {
    ids,
    onFailure: (error, request) => {
      const { requestId, method, route } = request;
      log.error({ action: 'request_failed', request_id: requestId, method, route, err: error });
    },
  });
  http.app.useGlobalInterceptors(new PositionInterceptor(http.app.get(RecentWrites, { strict: false })));
  await http.app.init();
  return http;
}

function openClock(log: Log): AlignedClock {
  return new AlignedClock({
    onJump: (jumpMs) => {
      log.warn({ action: 'wall_clock_jumped', jump_ms: jumpMs });
    },
    onTrouble: (error) => {
      if (error === null) log.info({ action: 'clock_aligned_again' });
      else log.warn({ action: 'clock_not_aligned', error_message: String(error) });
    },
  });
}

function openWorker(
  config: Config,
  leases: Leases,
  tell: (command: object) => Promise<unknown>,
  ids: Ids,
  log: Log,
): BuiltInWorker {
  const workerId = `built-in:${hostname()}:${process.pid}`;
  return new BuiltInWorker({
    source: new InProcessLeases(tell, leases, ids, workerId, config.leaseMs),
    workerId,
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

function healthOf(storage: Storage): Health {
  const health = new Health();
  health.add('database', async () => {
    await storage.health.query('select 1');
    return null;
  });
  health.add('event_store', async () => {
    await storage.store.head();
    return null;
  });
  return health;
}
