import { type Health } from '../../admin/health.js';
import { ForeignEvents } from '../../engine/event-store/foreign-events.js';
import { MeasuredEventStore, type StoreReports } from '../../engine/event-store/measured.event-store.js';
import { type FollowerWatch } from '../../engine/followers/follower-watch.js';
import { type LiveWorkers } from '../../jobs/leasing/live-workers.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type SystemNames } from '../../platform/egress/system-names.js';
import { type Drain } from '../../platform/http/drain.js';
import { type Log } from '../../platform/observability/log.js';
import { type Metrics } from '../../platform/observability/metrics.js';
import { watchProcess } from '../../platform/observability/process-figures.js';
import { type Telemetry } from '../../platform/observability/telemetry.js';
import { type Storage } from '../storage.js';
import { EngineGauges, type Followed } from './engine-gauges.js';

/** The same storage, with its event log's calls measured. */
export const measured = (storage: Storage, metrics: Metrics): Storage => ({
  ...storage,
  store: new MeasuredEventStore(storage.store, storeReportsTo(metrics)),
});

const storeReportsTo = (metrics: Metrics): StoreReports => ({
  appended({ events, conflicts, unknown, otherContent }, ms) {
    metrics.record('event_store_append_duration_seconds', ms / 1000);
    if (events > 0) metrics.add('event_store_events_appended_total', {}, events);
    if (conflicts > 0) metrics.add('event_store_conflicts_total', {}, conflicts);
    if (otherContent > 0) metrics.add('event_store_same_id_other_content_total', {}, otherContent);
    if (unknown > 0) metrics.add('event_store_errors_total', { operation: 'append' }, unknown);
  },
  failed(operation) {
    metrics.add('event_store_errors_total', { operation });
  },
});

/** Counts what other programs wrote into streams of ours, and says so once for each stream. */
export const foreignEvents = (log: Log, metrics: Metrics, categories: ReadonlySet<string>): ForeignEvents =>
  new ForeignEvents(({ stream, revision, id }, isFirst) => {
    metrics.add('log_foreign_events_total');
    if (isFirst) log.warn({ action: 'foreign_event_passed_over', stream, revision, event_id: id });
  }, categories);

interface EngineToExpose {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly health: Health;
  readonly drain: Drain;
  readonly workers: LiveWorkers;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly followed: readonly Followed[];
  readonly watch: Pick<FollowerWatch, 'stands'>;
  readonly names: Pick<SystemNames, 'load'>;
}

/** Exposes what this process is and what its stores hold as metrics. Answers with what ends it. */
export function exposeEngine(engine: EngineToExpose): () => Promise<void> {
  const { storage, clock, health, drain, workers, log, telemetry, followed, watch, names } = engine;
  const { metrics } = telemetry;
  const failed = (error: unknown): void => {
    log.warn({ action: 'figures_not_read', err: error });
  };
  const gauges = new EngineGauges({ pool: storage.api, store: storage.store, clock, health, followed, failed });
  gauges.expose(metrics);
  exposePools(metrics, storage);
  metrics.read(['workers_live', 'http_server_active_requests'], (observe) => {
    observe('workers_live', workers.count);
    observe('http_server_active_requests', drain.count);
  });
  metrics.read(['name_lookups_running', 'name_lookups_waiting'], (observe) => {
    observe('name_lookups_running', names.load.running);
    observe('name_lookups_waiting', names.load.waiting);
  });
  metrics.read(['follower_stalled_seconds'], (observe) => {
    for (const [follower, { stalledMs }] of watch.stands())
      observe('follower_stalled_seconds', stalledMs / 1000, { follower });
  });
  const unwatch = watchProcess(metrics);
  return async () => {
    unwatch();
    await gauges.close();
  };
}

function exposePools(metrics: Metrics, { api, dispatch, followers, timers, webhooks, health }: Storage): void {
  metrics.read(['db_client_connection_count', 'db_client_connection_pending_requests'], (observe) => {
    for (const [name, { totalCount, idleCount, waitingCount }] of Object.entries({
      api,
      dispatch,
      followers,
      timers,
      webhooks,
      health,
    })) {
      const pool = { 'db.client.connection.pool.name': name };
      observe('db_client_connection_count', idleCount, { ...pool, 'db.client.connection.state': 'idle' });
      observe('db_client_connection_count', totalCount - idleCount, { ...pool, 'db.client.connection.state': 'used' });
      // A caller waits for a turn of the event loop even where a connection is free.
      observe('db_client_connection_pending_requests', idleCount > 0 ? 0 : waitingCount, pool);
    }
  });
}
