import { sleep } from './infra.mjs';

/** Nothing is pending, and the read models hold every result. */
const question = `
  select
    (select coalesce(sum(created + queued + assigned + running), 0) from forgerun_read.queue_counts)::int as pending,
    (select position from forgerun_engine.checkpoints where name = 'dispatch')
      >= (select max(position) from forgerun_log.events) as counted,
    (select min(position) from forgerun_engine.checkpoints where name in ('jobs', 'attempts'))
      >= (select max(position) from forgerun_log.events where type = 'JobSucceeded') as shown`;

export async function drained(db) {
  for (;;) {
    const { rows } = await db.query(question);
    if (rows[0].pending === 0 && rows[0].counted && rows[0].shown) return;
    await sleep(5);
  }
}
