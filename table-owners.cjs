/**
 * Who owns each table, and function, of the three schemas that ForgeRun reads and writes: outside its migration and its
 * projection a table is named in its owner's folder alone, and others ask there. ESLint holds the source to this list
 * (`eslint.config.mjs`), and a test the list to the database.
 */
exports.owners = {
  'src/dispatch': [
    'forgerun_read.ready_jobs',
    'forgerun_read.queue_counts',
    'forgerun_read.queue_pauses',
    'forgerun_read.queue_limits',
    'forgerun_engine.queue_slots',
    'forgerun_engine.recent_polls',
    'forgerun_engine.reserve_queue_slots',
  ],
  'src/jobs': [
    'forgerun_read.jobs',
    'forgerun_read.client_events',
    'forgerun_engine.leases',
    'forgerun_engine.heartbeat_receivers',
    'forgerun_engine.sweeps',
  ],
  'src/reports': ['forgerun_read.attempts'],
  'src/schedules': ['forgerun_read.schedules', 'forgerun_read.schedule_occurrences'],
  'src/webhooks': [
    'forgerun_read.webhooks',
    'forgerun_read.deliveries',
    'forgerun_read.delivery_attempts',
    'forgerun_engine.callbacks',
    'forgerun_engine.deliveries',
    'forgerun_engine.fan_out_events',
    'forgerun_engine.fan_outs',
    'forgerun_engine.replays',
    'forgerun_engine.webhook_spans',
    'forgerun_engine.was_disabled_behind',
  ],
  'src/clients': [
    'forgerun_read.clients',
    'forgerun_read.api_keys',
    'forgerun_engine.client_feeds',
    'forgerun_engine.key_usage',
  ],
  'src/engine/followers': [
    'forgerun_engine.checkpoints',
    'forgerun_engine.move_checkpoint',
    'forgerun_engine.nodes',
    'forgerun_engine.parked_streams',
    'forgerun_engine.parked_decisions',
    'forgerun_engine.require_decision',
    'forgerun_engine.skipped_events',
    'forgerun_engine.terms',
    'forgerun_engine.uptimes',
  ],
  'src/engine/event-store/postgres': [
    'forgerun_log.events',
    'forgerun_log.head',
    'forgerun_log.cuts',
    'forgerun_log.read_events',
    'forgerun_log.read_cuts',
  ],
  'src/engine/timers': ['forgerun_engine.timers'],
  'src/engine/installation': ['forgerun_engine.installation'],
  'src/platform/sealing': ['forgerun_engine.sealing_keys', 'forgerun_engine.secrets'],
};

/** Statements over whole sets that need the rows of another owner: split in two they would carry the rows through the node. */
exports.joins = [
  // It stands below the jobs module and cannot ask it: since when a ready job waits, and which slots' jobs have moved on.
  { folder: 'src/dispatch', table: 'forgerun_read.jobs' },
  // A summary counts jobs and attempts by the same groups.
  { folder: 'src/reports', table: 'forgerun_read.jobs' },
];

/**
 * What an owner's migration makes for readers that are not the engine, and that the owner itself has no use for: functions
 * whose columns stay when the tables behind them change (`docs/reference/log-sql.md`). The simulator judges the engine, so it
 * cannot ask it.
 */
exports.published = [
  { folder: 'src/simulator/log', table: 'forgerun_log.read_events' },
  { folder: 'src/simulator/log', table: 'forgerun_log.read_cuts' },
];

/** Where a table is named by a variable: the writer of all read models gets its tables from the projections. */
exports.writers = ['src/engine/projector/row-writer.ts'];
