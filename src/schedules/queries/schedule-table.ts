import type pg from 'pg';
import { type OccurrenceRecord, type ScheduleRecord } from './schedule.response.js';

/** Part of a list, and where the next part begins; null at the end. */
interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

interface PageRow {
  readonly schedule_id: string;
  readonly created_position: string;
  readonly size: number;
}

/** Payloads are shown in lists, too, so a page also ends when they add up to this many characters. */
const pageCharacters = 4 * 1024 * 1024;

/** Reads the read models of schedules. */
export class ScheduleTable {
  constructor(private readonly pool: pg.Pool) {}

  async one(scheduleId: string): Promise<ScheduleRecord | null> {
    const { rows } = await this.pool.query<ScheduleRecord>({
      name: 'one-schedule',
      text: 'select * from forgerun_read.schedules where schedule_id = $1',
      values: [scheduleId],
    });
    return rows[0] ?? null;
  }

  /** Newest first. */
  async page(clientId: string, before: string | null, limit: number): Promise<Rows<ScheduleRecord>> {
    const { rows: found } = await this.pool.query<PageRow>({
      name: 'schedules-of-client',
      text: `select schedule_id, created_position::text, coalesce(length(payload), 0) as size
               from forgerun_read.schedules
              where client_id = $1 and ($2::numeric is null or created_position < $2::numeric)
              order by created_position desc limit $3`,
      values: [clientId, before, limit + 1],
    });
    const page = fitting(found.slice(0, limit));
    const { rows } = await this.pool.query<ScheduleRecord>({
      name: 'schedules-of-page',
      text: `select * from forgerun_read.schedules where schedule_id = any ($1::uuid[])
              order by created_position desc`,
      values: [page.map(({ schedule_id }) => schedule_id)],
    });
    return { rows, next: found.length > page.length ? (page.at(-1)?.created_position ?? null) : null };
  }

  /** Latest first. */
  async occurrences(scheduleId: string, before: string | null, limit: number): Promise<Rows<OccurrenceRecord>> {
    const [dueAt, triggerId] = before === null ? [null, null] : placeFrom(before);
    const { rows } = await this.pool.query<OccurrenceRecord>({
      name: 'occurrences-of-schedule',
      text: `select due_at, outcome, reason, job_id, schedule_version, trigger_id
               from forgerun_read.schedule_occurrences
              where schedule_id = $1 and ($2::timestamptz is null or (due_at, trigger_id) < ($2::timestamptz, $3::text))
              order by due_at desc, trigger_id desc limit $4`,
      values: [scheduleId, dueAt, triggerId, limit + 1],
    });
    const last = rows.at(limit - 1);
    const next = rows.length > limit && last !== undefined ? `${last.due_at.toISOString()} ${last.trigger_id}` : null;
    return { rows: rows.slice(0, limit), next };
  }
}

function fitting(rows: readonly PageRow[]): readonly PageRow[] {
  let characters = 0;
  const end = rows.findIndex(({ size }, index) => {
    characters += size;
    return index > 0 && characters > pageCharacters;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

function placeFrom(place: string): readonly [string, string] {
  const [dueAt = '', triggerId = ''] = place.split(' ');
  return [dueAt, triggerId];
}
