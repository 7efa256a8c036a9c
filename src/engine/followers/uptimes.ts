import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { type Outage } from '../../kernel/outage.js';
import { type Clock } from '../../platform/clock/clock.js';

/** A gap that is no longer is a restart, or a renewal that was late. */
const leastOutageMs = 5_000;
/** How long an answer is shared by all callers. */
const freshForMs = 1_000;
/** Of a process that fell over every few seconds for a day, the last ones are enough. */
const maxSpans = 500;

/** Ticks older than a day are missed whatever happened; one hour more, so that none falls between two rules. */
const rememberedMs = 25 * 3_600_000;

const outagesSql = `
  select trunc(extract(epoch from began_at) * 1000)::float8 as began,
    ceil(extract(epoch from renewed_at) * 1000)::float8 as renewed,
    trunc(extract(epoch from now.at) * 1000)::float8 as now
    from (select clock_timestamp() as at) as now
    left join forgerun_engine.uptimes on renewed_at > now.at - interval '${rememberedMs} milliseconds'
   order by began_at desc nulls last limit ${maxSpans}`;

interface Row {
  readonly began: number | null;
  readonly renewed: number | null;
  readonly now: number;
}

interface Look {
  readonly outages: readonly Outage[];
  readonly at: Instant;
}

/** Knows when nothing was there to fire timers: between the periods in which some process renewed that it was. */
export class Uptimes {
  #last: Look | null = null;
  #looking: Promise<Look> | null = null;

  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** The outages of the last day, oldest first; one that is going on ends now. */
  async outages(): Promise<readonly Outage[]> {
    const sinceMs = this.#last === null ? Number.POSITIVE_INFINITY : this.clock.now() - this.#last.at;
    // A clock that jumped makes an old answer of one that is no second old.
    if (this.#last !== null && sinceMs >= 0 && sinceMs < freshForMs) return this.#last.outages;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return (await this.#looking).outages;
  }

  async #look(): Promise<Look> {
    const { rows } = await this.pool.query<Row>({ name: 'outages', text: outagesSql });
    this.#last = { outages: outagesBetween(rows), at: rows[0]?.now ?? 0 };
    return this.#last;
  }
}

/**
 * The outages between periods, which come newest first. What was before the oldest is not known where there are more.
 */
function outagesBetween(rows: readonly Row[]): readonly Outage[] {
  const outages: Outage[] = [];
  const now = rows[0]?.now ?? 0;
  let to = now;
  for (const { began, renewed } of rows) {
    if (began === null || renewed === null) break;
    if (to - renewed > leastOutageMs) outages.push({ from: renewed, to });
    to = Math.min(to, began);
  }
  if (rows.length < maxSpans && to > now - rememberedMs) outages.push({ from: 0, to });
  return outages.reverse();
}
