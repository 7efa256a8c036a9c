import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueryBus } from '@nestjs/cqrs';
import { EngineFacts } from '../../admin/queries/engine-facts.js';
import { type Health } from '../../admin/health.js';
import { ReadConsistency } from '../../engine/projector/read-consistency.js';
import { ReadConsistencyInterceptor } from '../../engine/projector/read-consistency.interceptor.js';
import { LiveWorkers } from '../../jobs/leasing/live-workers.js';
import { type AlignedClock } from '../../platform/clock/aligned-clock.js';
import { type Config, InvalidConfig } from '../../platform/config/config.js';
import { Egress } from '../../platform/egress/egress.js';
import { Networks } from '../../platform/egress/networks.js';
import { SystemNames } from '../../platform/egress/system-names.js';
import { Drain } from '../../platform/http/drain.js';
import { createHttpApp, type HttpApp } from '../../platform/http/http-server.module.js';
import { PositionInterceptor } from '../../platform/http/position.interceptor.js';
import { RateLimit } from '../../platform/http/rate-limit.js';
import { RateLimitGuard } from '../../platform/http/rate-limit.guard.js';
import { RecentWrites } from '../../platform/http/recent-writes.js';
import { RequestTurnsGuard } from '../../platform/http/request-turns.guard.js';
import { type Ids } from '../../platform/ids/ids.js';
import { RequestWatch } from '../../platform/observability/request-watch.js';
import { SealingKeyUnusable } from '../../platform/sealing/given-keys.js';
import { openSealing } from '../../platform/sealing/open-sealing.js';
import { deliverEventsScope } from '../../webhooks/following/deliver-events.follower.js';
import { AppModule } from '../app.module.js';
import { knownFollowers, sagas } from '../following.js';
import { projections } from '../read-models.js';
import { exposeEngine } from '../observing/engine-telemetry.js';
import { readinessOf, troubleWithNames } from '../readiness.js';
import { type Queries, shareReads } from '../shared-reads.js';
import { sharedSecret } from '../../platform/sealing/shared-secret.js';
import { type Storage } from '../storage.js';
import { type Following } from './start-following.js';
import { type Watches } from './start-watches.js';
import { type Starting } from './starting.js';

/** The modules, wired together. */
export interface Application {
  readonly context: INestApplicationContext;
  /** Null without the API. */
  readonly http: HttpApp | null;
  readonly health: Health;
  readonly drain: Drain;
  readonly egress: Egress;
}

interface OpenedBefore {
  readonly storage: Storage;
  readonly clock: AlignedClock;
  readonly ids: Ids;
  readonly following: Following;
  readonly watches: Watches;
}

/** Makes what the modules share, and wires them. It answers no calls yet. */
export async function openApplication(starting: Starting, before: OpenedBefore): Promise<Application> {
  const { config, log, telemetry, shutdown } = starting;
  const { storage, clock, ids, following, watches } = before;
  const drain = new Drain();
  const health = readinessOf({
    storage,
    clock,
    followers: following.here?.followers ?? null,
    watch: watches.followers,
    firesTimers: starting.has('saga'),
    hasWorkers: starting.has('api'),
    drain,
  });
  const names = openNames(starting, health);
  const egress = new Egress(new Networks(config.egressAllow), names);
  const dependencies = {
    config,
    storage,
    clock,
    ids,
    progress: following.progress,
    health,
    facts: new EngineFacts(config.roles, storeOf(config), knownFollowers, () => clock.skewMs()),
    drain,
    ...(await secretsOf(starting, storage)),
    egress,
    log,
    telemetry,
    workers: new LiveWorkers(config.leaseMs),
    loop: starting.loop,
  };
  const root = AppModule.on(dependencies);
  const followed = [...projections, ...sagas, deliverEventsScope];
  shutdown.add('gauges', exposeEngine({ ...dependencies, names, watch: watches.followers, followed }));
  const http = starting.has('api') ? await openApi(starting, root, drain, ids) : null;
  const context = http?.app ?? (await NestFactory.createApplicationContext(root, { logger: false }));
  shareReads(context.get<QueryBus, Queries>(QueryBus, { strict: false }));
  return { context, http, health, drain, egress };
}

function openNames({ config, shutdown }: Starting, health: Health): SystemNames {
  const names = new SystemNames({ servers: config.dnsServers });
  shutdown.add('name look-ups', () => {
    names.close();
    return Promise.resolve();
  });
  health.add('name_servers', () => Promise.resolve(troubleWithNames(names.trouble)), 'degraded');
  return names;
}

async function secretsOf(starting: Starting, storage: Storage) {
  const cursorSecret = await starting.reached('database', () => sharedSecret(storage.api, 'cursors'));
  const opening = starting.reached('database', () => openSealing(starting.config, storage.api));
  const sealing = await opening.catch((error: unknown) => {
    throw error instanceof SealingKeyUnusable ? new InvalidConfig([error.message]) : error;
  });
  return { cursorSecret, sealing };
}

async function openApi(
  { config, log, telemetry, loop }: Starting,
  root: ReturnType<typeof AppModule.on>,
  drain: Drain,
  ids: Ids,
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
  const limit = new RateLimitGuard(new RateLimit(config.rateLimitPerMinute));
  http.app.useGlobalGuards(limit, new RequestTurnsGuard(loop));
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

function storeOf({ eventStore }: Config): EngineFacts['store'] {
  if (eventStore === 'embedded') return 'embedded';
  return eventStore.startsWith('esdb') ? 'eventstoredb' : 'postgres';
}
