/** What a metric is, and everything that its page in the reference says about it. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Its name in OpenTelemetry's conventions, by which it goes out over OTLP; `/metrics` has the name of the table. */
  readonly otel?: string;
  readonly buckets?: readonly number[];
  /** Counted elsewhere; read when metrics are collected. */
  readonly isRead?: true;
  /** Series that are there from the start with 0, so that an alert can compare before the first time. */
  readonly startsWith?: readonly Readonly<Record<string, string>>[];
}

/** Waits and runs: from a hundredth of a second to an hour. */
const longSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const appendSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const ofJob = ['queue', 'work_kind'];
const each = (label: string, ...values: readonly string[]): Readonly<Record<string, string>>[] =>
  values.map((value) => ({ [label]: value }));

type Spec<Type extends MetricSpec['type']> = MetricSpec & { readonly type: Type };
type More = Partial<Omit<MetricSpec, 'type'>>;

const counter = (unit: string, help: string, labels: readonly string[] = [], more: More = {}): Spec<'counter'> => ({
  ...{ type: 'counter', unit, help, labels },
  ...more,
});

const gauge = (unit: string, help: string, labels: readonly string[] = [], more: More = {}): Spec<'gauge'> => ({
  ...{ type: 'gauge', unit, help, labels, isRead: true },
  ...more,
});

const histogram = (
  help: string,
  labels: readonly string[],
  buckets: readonly number[],
  more: More = {},
): Spec<'histogram'> => ({ ...{ type: 'histogram', unit: 's', help, labels, buckets }, ...more });

/** Every metric once, by its name at `/metrics`. `docs/reference/metrics.md` and a scrape are held to this by a test. */
export const metricCatalog = {
  jobs_submitted_total: counter('{job}', 'Jobs created.', ofJob),
  jobs_queued_total: counter('{job}', 'Times a job became ready to run, by why.', [...ofJob, 'reason']),
  jobs_running_total: counter('{job}', 'Attempts started.', ofJob),
  jobs_succeeded_total: counter('{job}', 'Attempts that succeeded.', ofJob),
  jobs_failed_total: counter('{job}', 'Attempts that failed, by why; `final` when no retry follows.', [
    ...ofJob,
    'reason',
    'final',
  ]),
  jobs_canceled_total: counter('{job}', 'Jobs cancelled, by why.', [...ofJob, 'reason']),
  job_retries_total: counter('{retry}', 'Retries queued, by who asked.', ['work_kind', 'trigger']),
  job_retries_succeeded_total: counter('{retry}', 'Attempts after the first that succeeded.', ['work_kind']),
  job_idempotency_hits_total: counter(
    '{request}',
    'Submits answered with the job that their key had made before.',
    [],
    {
      startsWith: [{}],
    },
  ),
  ready_jobs_mended_total: counter(
    '{job}',
    'Jobs that waited and could not be leased, or could be and did not wait, put right by a sweep.',
    ['fault'],
    { startsWith: each('fault', 'missing', 'stale') },
  ),
  leases_withdrawn_total: counter('{lease}', 'Leases taken back because no worker could be given them.', [], {
    startsWith: [{}],
  }),
  job_queue_wait_seconds: histogram('From ready to leased.', ['work_kind'], longSeconds),
  job_execution_seconds: histogram('From the start of an attempt to its end.', ['work_kind', 'outcome'], longSeconds),
  job_queue_depth: gauge('{job}', 'Jobs that are ready and wait for a worker.', ['queue']),
  job_queue_oldest_age_seconds: gauge(
    's',
    'How long the job at the head of a queue has been waiting; 0 when none does.',
    ['queue'],
  ),
  jobs_in_state: gauge('{job}', 'Unfinished jobs by state.', ['state']),
  workers_live: gauge('{worker}', 'Workers that this process has lately leased jobs to or heard from.'),

  webhook_deliveries_total: counter('{delivery}', 'Attempts to deliver an event, by how they ended.', ['outcome'], {
    startsWith: each('outcome', 'delivered', 'failed'),
  }),
  webhook_failures_total: counter('{delivery}', 'Attempts to deliver an event that failed, by why.', ['reason'], {
    startsWith: each('reason', 'timeout', 'status', 'connection', 'blocked', 'interrupted'),
  }),
  webhook_deliveries_exhausted_total: counter('{delivery}', 'Deliveries given up after their last attempt.', [], {
    startsWith: [{}],
  }),
  webhook_attempts_put_off_total: counter(
    '{delivery}',
    'Attempts not made for a lack of this node itself: a way to ask for the name, a socket, or time.',
    ['lack'],
    { startsWith: each('lack', 'name', 'socket', 'time') },
  ),
  name_lookups_running: gauge('{lookup}', 'Names of receivers and targets that are being asked for.'),
  name_lookups_waiting: gauge('{lookup}', 'Names that wait for their client’s turn to be asked for.'),

  http_server_request_duration_seconds: histogram(
    'Requests to the API, by route and status; a long poll or a stream lasts as long as it waits.',
    ['http.request.method', 'http.route', 'http.response.status_code'],
    requestSeconds,
    { otel: 'http.server.request.duration' },
  ),
  http_server_active_requests: gauge('{request}', 'Requests under way.', [], { otel: 'http.server.active_requests' }),
  access_refused_total: counter('{request}', 'Requests turned away for their key or its scopes, by code.', ['code'], {
    startsWith: each(
      'code',
      'RFA_AUTH_INVALID_CREDENTIALS',
      'RFA_AUTH_API_KEY_DISABLED',
      'RFA_AUTH_TOKEN_EXPIRED',
      'RFA_AUTH_FORBIDDEN',
    ),
  }),
  commands_refused_total: counter('{command}', 'Commands understood and refused, by code.', ['code']),

  event_store_append_duration_seconds: histogram('Appends to the event log, whatever came of them.', [], appendSeconds),
  event_store_events_appended_total: counter('{event}', 'Events appended by this process.', [], { startsWith: [{}] }),
  event_store_conflicts_total: counter(
    '{append}',
    'Appends that found their stream elsewhere and were decided again.',
    [],
    {
      startsWith: [{}],
    },
  ),
  event_store_same_id_other_content_total: counter(
    '{append}',
    'Appends whose ids were in the log already with other content: one step, decided by two nodes.',
    [],
    { startsWith: [{}] },
  ),
  log_foreign_events_total: counter(
    '{event}',
    'Events of other programs in streams whose names are ours, passed over.',
    [],
    {
      startsWith: [{}],
    },
  ),
  database_clock_steps_total: counter(
    '{step}',
    "Times this process saw the database's clock set, by which way.",
    ['direction'],
    { startsWith: each('direction', 'forwards', 'backwards') },
  ),
  event_store_errors_total: counter(
    '{error}',
    'Calls of the event log that failed or whose outcome is unknown.',
    ['operation'],
    {
      startsWith: each('operation', 'append', 'read', 'head'),
    },
  ),

  projection_lag_seconds: gauge(
    's',
    'Age of the first event that a follower of the log has not handled; 0 when none waits.',
    ['follower'],
  ),
  projection_events_applied: gauge('{event}', 'Events that a follower has handled since it began.', ['follower']),
  parked_streams: gauge('{stream}', 'Streams that a follower set aside behind an event it cannot apply.', ['follower']),
  follower_failures_total: counter('{failure}', 'Failures of a follower that are tried again.', ['follower']),
  follower_stalled_seconds: gauge(
    's',
    'How long a follower has stood still while the log had more for it; 0 while it gets on.',
    ['follower'],
  ),
  timers_pending: gauge('{timer}', 'Timers armed, counted up to 10000.'),
  timers_overdue: gauge('{timer}', 'Timers that should have fired more than a second ago, counted up to 10000.'),
  timers_overdue_seconds: gauge('s', 'How late the latest of them is.'),
  timer_failures_total: counter('{timer}', 'Timers whose command failed and is sent again.', [], { startsWith: [{}] }),
  schedule_ticks_missed_total: counter(
    '{tick}',
    'Ticks of schedules that nothing was there to fire, or that were older than a day.',
    [],
    { startsWith: [{}] },
  ),
  schedule_tick_lateness_seconds: histogram(
    'From the moment at which a schedule was due to its occurrence, ticks that an outage held up included.',
    [],
    longSeconds,
  ),

  health_part_up: gauge('{part}', 'What `/health/ready` says: 0 for a part that is failing, 1 otherwise.', ['part']),
  figures_age_seconds: gauge('s', 'Age of the figures that are read from the database: depths, lags, timers.'),
  db_client_connection_count: gauge(
    '{connection}',
    'Connections of a pool.',
    ['db.client.connection.pool.name', 'db.client.connection.state'],
    { otel: 'db.client.connection.count' },
  ),
  db_client_connection_pending_requests: gauge(
    '{request}',
    'Requests that wait for a connection of a pool.',
    ['db.client.connection.pool.name'],
    { otel: 'db.client.connection.pending_requests' },
  ),
  nodejs_eventloop_delay_max_seconds: gauge(
    's',
    'Longest time the event loop was held up since the figure was read last.',
    [],
    {
      otel: 'nodejs.eventloop.delay.max',
    },
  ),
  nodejs_eventloop_utilization_ratio: gauge(
    '1',
    'Share of the time since the last reading in which the event loop was busy.',
    [],
    {
      otel: 'nodejs.eventloop.utilization',
    },
  ),
  process_resident_memory_bytes: gauge('By', 'Memory of the process.'),
  process_cpu_seconds_total: counter('s', 'Processor time of the process.', [], { isRead: true }),
  process_start_time_seconds: gauge('s', 'When the process started, in seconds since 1970.'),

  messaging_client_sent_messages_total: counter(
    '{message}',
    'Jobs created, as the messaging conventions count them.',
    ['messaging.system', 'messaging.operation.name', 'messaging.destination.name'],
    { otel: 'messaging.client.sent.messages' },
  ),
  messaging_client_consumed_messages_total: counter(
    '{message}',
    'Jobs leased to workers, as the messaging conventions count them.',
    ['messaging.system', 'messaging.operation.name', 'messaging.destination.name'],
    { otel: 'messaging.client.consumed.messages' },
  ),
  messaging_process_duration_seconds: histogram(
    'Attempts from start to end, as the messaging conventions measure them.',
    ['messaging.system', 'messaging.operation.name', 'messaging.destination.name'],
    longSeconds,
    { otel: 'messaging.process.duration' },
  ),
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof metricCatalog;
