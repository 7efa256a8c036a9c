import pg from 'pg';
import { drained } from './drained.mjs';

/** What both ways to ForgeRun have in common: whom the harness may ask for, the worker, and when a backlog is drained. */
export const dist = new URL('../../../dist', import.meta.url).href;

export const profiles = {
  default: {},
  throughput: { concurrency: 1000 },
  e2e: { concurrency: 500 },
  lowlatency: { concurrency: 50 },
};

export const openDatabase = (ctx) => {
  const db = new pg.Pool({ connectionString: ctx.pgUrl, max: 1 });
  db.on('error', () => {});
  return db;
};

/** `sourceOf` makes the worker's lease source once the build is loaded; `dbOf` gives the database once there is one. */
export function benchWorker(sourceOf, dbOf) {
  let worker = null;
  const stopWorker = async () => {
    await worker?.stop();
    worker = null;
  };
  return {
    async startWorker(handler, profile) {
      const { Worker } = await import(`${dist}/src/sdk/worker.js`);
      worker = new Worker({
        source: await sourceOf(),
        workerId: 'bench',
        handlers: {
          'bench.noop': (job) => {
            handler(job.payload);
            return null;
          },
        },
        concurrency: profiles[profile].concurrency ?? 8,
        onError: (e) => console.error('worker', e),
      });
      worker.start();
    },
    stopWorker,
    waitDrained: () => drained(dbOf()),
    async prepare() {
      await dbOf().query('ANALYZE');
    },
  };
}
