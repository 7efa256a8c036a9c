// pg-boss 12: Postgres SKIP LOCKED queue; keeps completed jobs (7 days by default).
import { PgBoss } from 'pg-boss';
export const label = 'pg-boss';
export const store = 'postgres';
export const minNode = 22;
// What the docs call the defaults: 1 job every 2 seconds per work() call.
export const profiles = {
  default: { work: {} },
  throughput: { work: { batchSize: 2000, localConcurrency: 2, burstWhenBatchFull: true } },
  perjob: { work: { batchSize: 2000, localConcurrency: 2, burstWhenBatchFull: true, perJobResults: true } },
  // with single sends, waking on every NOTIFY costs more than it brings: half-second polls were faster (see README, sweep)
  e2e: { work: { batchSize: 500, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 } },
  e2eBulk: { notify: true, work: { batchSize: 500, localConcurrency: 2, burstWhenBatchFull: true } },
  lowlatency: { notify: true, work: {} },
};
const Q = 'bench';
export function create(ctx) {
  let boss,
    over = ctx.override ?? {};
  const open = async (notify) => {
    boss = new PgBoss({
      connectionString: ctx.pgUrl,
      useListenNotify: !!notify,
      ...(ctx.poolMax ? { max: ctx.poolMax } : {}),
    });
    boss.on('error', (e) => console.error('pgboss', e.message));
    await boss.start();
  };
  return {
    async setup(profile) {
      await open(false);
      await boss.createQueue(Q, { notify: !!profiles[profile]?.notify });
    },
    async connect(role, profile) {
      if (!boss) await open(role === 'worker' && profiles[profile]?.notify);
    },
    enqueueOne: (d) => boss.send(Q, d),
    enqueueBulk: (a) =>
      boss.insert(
        Q,
        a.map((data) => ({ data })),
      ),
    async startWorker(handler, profile) {
      const w = { ...profiles[profile].work, ...over };
      await boss.work(
        Q,
        w,
        w.perJobResults
          ? async (jobs) =>
              jobs.map((j) => {
                handler(j.data);
                return { id: j.id, status: 'completed' };
              })
          : async (jobs) => {
              for (const j of jobs) handler(j.data);
            },
      );
    },
    stopWorker: () => boss.offWork(Q),
    async waitDrained() {
      const db = boss.getDb();
      for (;;) {
        const { rows } = await db.executeSql(
          `SELECT 1 FROM pgboss.job WHERE name = $1 AND state < 'completed' LIMIT 1`,
          [Q],
        );
        if (!rows.length) return;
        await new Promise((r) => setTimeout(r, 5));
      }
    },
    async prepare() {
      await boss.getDb().executeSql('ANALYZE', []);
    },
    async diskUsage() {
      const db = boss.getDb();
      const size = async () =>
        +(
          await db.executeSql(
            `SELECT sum(pg_total_relation_size(c.oid))::bigint AS b FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'pgboss' AND c.relname LIKE 'job%' AND c.relkind = 'r'`,
            [],
          )
        ).rows[0].b;
      const raw = await size();
      await db.executeSql('VACUUM FULL pgboss.job_common', []);
      const rows = +(
        await db.executeSql(`SELECT count(*) AS c FROM pgboss.job WHERE name = $1 AND state = 'completed'`, [Q])
      ).rows[0].c;
      return { kind: 'postgres', raw, packed: await size(), rows };
    },
    async teardown() {
      await boss?.stop({ graceful: false, close: true }).catch(() => {});
    },
  };
}
