export interface Rule {
  readonly everyMs: number;
  readonly missed: keyof typeof madeUp;
}

/** What a schedule was told, and when. Instants in milliseconds. */
export type C = Readonly<{ at: number }> &
  (Readonly<{ order: 'pause' | 'resume' | 'trigger' }> | (Rule & Readonly<{ order: 'change' }>));

/** Nothing was there to fire ticks between the two. */
export interface Silence {
  readonly from: number;
  readonly to: number;
}

interface Tick {
  readonly at: number;
  readonly everyMs: number;
  readonly version: number;
  readonly paused: boolean;
}

const leastOutageMs = 5_000;
const madeUp = { skip: 0, fire_once: 1, fire_all: 100 };

/**
 * What the guide promises of every tick up to an end, written down without a look at the decider: `<tick> <version>
 * FIRED|MISSED|SKIPPED`, oldest first. The schedule begins at 0, unpaused.
 */
export function ledgerPromised(
  first: Rule,
  told: readonly C[],
  silences: readonly Silence[],
  endAt: number,
): readonly string[] {
  const ticks = ticksOf(first, told, endAt);
  const outages = silences.filter(({ from, to }) => to - from > leastOutageMs);
  const outageOf = (tick: Tick): Silence | undefined =>
    tick.paused ? undefined : outages.find(({ from, to }) => from < tick.at && tick.at < to);
  return ticks.map((tick) => {
    const outage = outageOf(tick);
    if (tick.paused) return `${tick.at} ${tick.version} SKIPPED`;
    if (outage === undefined) return `${tick.at} ${tick.version} FIRED`;
    const behind = ticks.filter(({ at, paused }) => !paused && at > tick.at && at < outage.to).length;
    const changes = told.filter(({ at, order }) => order === 'change' && at < outage.to) as readonly Rule[];
    const { missed } = changes.at(-1) ?? first;
    const soonMs = Math.min(Math.max(tick.everyMs / 2, 5_000), 300_000);
    const isMadeUp = behind < madeUp[missed] || (behind === 0 && outage.to - tick.at <= soonMs);
    return `${tick.at} ${tick.version} ${isMadeUp ? 'FIRED' : 'MISSED'}`;
  });
}

/** Every tick with the rule that was in force at it. */
function ticksOf(first: Rule, told: readonly C[], endAt: number): readonly Tick[] {
  const ticks: Tick[] = [];
  let rule = { ...first, version: 1, paused: false };
  let from = 0;
  const until = (to: number): void => {
    const { everyMs, version, paused } = rule;
    for (let at = (Math.floor(from / everyMs) + 1) * everyMs; at <= to; at += everyMs)
      ticks.push({ at, everyMs, version, paused });
    from = to;
  };
  for (const each of told) {
    until(each.at);
    if (each.order === 'pause') rule = { ...rule, paused: true };
    if (each.order === 'resume') rule = { ...rule, paused: false };
    if (each.order === 'change') {
      const { everyMs, missed } = each;
      const isNew = everyMs !== rule.everyMs || missed !== rule.missed;
      rule = { ...rule, everyMs, missed, version: rule.version + (isNew ? 1 : 0) };
    }
  }
  until(endAt);
  return ticks;
}
