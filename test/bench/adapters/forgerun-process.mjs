// ForgeRun inside the producer's and the worker's own process; projections and sagas run in the producer's.
import { benchWorker, dist, openDatabase, profiles } from '../lib/forgerun.mjs';
export const label = 'ForgeRun (in process)';
export const store = 'own';
export const minNode = 20;
export { profiles };
export function create(ctx) {
  let running, db, ids, SubmitJob, SubmitJobs;
  const open = async (roles) => {
    const { startEngine } = await import(`${dist}/src/main.js`);
    const { readConfig } = await import(`${dist}/src/platform/config/config.js`);
    const { openLog } = await import(`${dist}/src/platform/observability/log.js`);
    ({ SubmitJob } = await import(`${dist}/src/jobs/domain/job.commands.js`));
    const { RandomIds } = await import(`${dist}/src/platform/ids/ids.js`);
    ids = new RandomIds();
    ({ SubmitJobs } = await import(`${dist}/src/jobs/commands/job-batches.js`));
    const config = {
      ...readConfig({
        FORGERUN_EVENT_STORE: ctx.pgUrl,
        FORGERUN_DATABASE_URL: ctx.pgUrl,
        FORGERUN_SEALING_KEY: Buffer.alloc(32, 'a sealing key for benches').toString('base64'),
        FORGERUN_PORT: '0',
        FORGERUN_LOG_LEVEL: 'warn',
      }),
      roles,
    };
    running = await startEngine(config, openLog({ level: 'warn', format: 'json' }));
    db = openDatabase(ctx);
  };
  const client = '8eb0c3fd-45a9-5553-ad34-bf6fc89b4c8f';
  const command = (payload) =>
    new SubmitJob(
      ids.next(),
      client,
      {
        jobType: 'EXECUTE',
        workKind: 'bench.noop',
        queue: 'default',
        priority: 5,
        payload: JSON.stringify(payload),
        executionAt: null,
        retry: { maxAttempts: 4, backoffBaseMs: 1000, backoffFactor: 2, backoffMaxMs: 300000, jitter: 'full' },
        timeouts: { executionMs: 120000, queueMs: null, totalMs: null },
        tags: {},
        callback: null,
        correlationId: null,
        scheduleId: null,
      },
      null,
      'x'.repeat(43),
    ).because({
      commandId: ids.next(),
      actor: 'key:bench',
      correlationId: null,
      causationId: null,
      traceparent: null,
    });
  return {
    async setup() {
      await open(['projector', 'saga']);
    },
    async connect() {
      if (!running) await open([]);
    },
    enqueueOne: (d) => running.commands.send(command(d)),
    async enqueueBulk(a) {
      const r = await running.commands.send(new SubmitJobs(a.map(command)));
      for (const e of r) if (e instanceof Error) throw e;
    },
    ...benchWorker(
      () => running.leasesFor('bench'),
      () => db,
    ),
    async teardown() {
      await this.stopWorker();
      await db?.end();
      await running?.stop();
    },
  };
}
