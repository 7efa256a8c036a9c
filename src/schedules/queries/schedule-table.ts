import { In, type Repository } from 'typeorm';
import {
  type OccurrenceRow,
  occurrences,
  type ScheduleRow,
  schedules,
} from '../../../projections/schedules/schedules.table.js';
import { rowsOf } from '../../platform/postgres/entities.js';
import { type ReadSource } from '../../platform/postgres/read-source.js';

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
  readonly #schedules: Repository<ScheduleRow>;
  readonly #occurrences: Repository<OccurrenceRow>;

  constructor(source: ReadSource) {
    this.#schedules = rowsOf(source, schedules);
    this.#occurrences = rowsOf(source, occurrences);
  }

  async one(scheduleId: string): Promise<ScheduleRow | null> {
    return await this.#schedules.findOneBy({ scheduleId });
  }

  /** Newest first. */
  async page(clientId: string, before: string | null, limit: number): Promise<Rows<ScheduleRow>> {
    const query = this.#schedules
      .createQueryBuilder('schedule')
      .select('schedule.scheduleId', 'schedule_id')
      .addSelect('schedule.createdPosition', 'created_position')
      .addSelect('coalesce(length(schedule.payload), 0)', 'size')
      .where('schedule.clientId = :clientId', { clientId })
      .orderBy('schedule.createdPosition', 'DESC')
      .limit(limit + 1);
    if (before !== null) query.andWhere('schedule.createdPosition < :before', { before });
    const found = await query.getRawMany<PageRow>();
    const page = fitting(found.slice(0, limit));
    const rows = await this.#schedules.find({
      where: { scheduleId: In(page.map(({ schedule_id }) => schedule_id)) },
      order: { createdPosition: 'DESC' },
    });
    return { rows, next: found.length > page.length ? (page.at(-1)?.created_position ?? null) : null };
  }

  /** Latest first. */
  async occurrences(scheduleId: string, before: string | null, limit: number): Promise<Rows<OccurrenceRow>> {
    const query = this.#occurrences
      .createQueryBuilder('occurrence')
      .where('occurrence.scheduleId = :scheduleId', { scheduleId })
      .orderBy({ 'occurrence.dueAt': 'DESC', 'occurrence.triggerId': 'DESC' })
      .limit(limit + 1);
    if (before !== null) {
      const [dueAt = '', triggerId = ''] = before.split(' ');
      query.andWhere('(occurrence.dueAt, occurrence.triggerId) < (:dueAt::timestamptz, :triggerId::text)', {
        dueAt,
        triggerId,
      });
    }
    const rows = await query.getMany();
    const last = rows.at(limit - 1);
    const next = rows.length > limit && last !== undefined ? placeOf(last) : null;
    return { rows: rows.slice(0, limit), next };
  }
}

const placeOf = ({ dueAt, triggerId }: OccurrenceRow): string => `${new Date(dueAt).toISOString()} ${triggerId}`;

function fitting(rows: readonly PageRow[]): readonly PageRow[] {
  let characters = 0;
  const end = rows.findIndex(({ size }, index) => {
    characters += size;
    return index > 0 && characters > pageCharacters;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
