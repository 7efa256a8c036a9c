import { type Cron } from 'croner';

/** Says when a rule is due, by a library that the engine does not use. */
export interface CronOracle {
  /** The first tick after an instant, both in ms since the epoch; null: never. */
  next(cron: string, afterMs: number): number | null;
}

/** Null where croner is not installed: it comes with the sources of ForgeRun, not with the package. */
export async function loadCronOracle(): Promise<CronOracle | null> {
  try {
    const { Cron: Rule } = await import('croner');
    return oracleOf((cron) => new Rule(cron, { timezone: 'UTC' }));
  } catch {
    return null;
  }
}

function oracleOf(ruleOf: (cron: string) => Cron): CronOracle {
  const rules = new Map<string, Cron>();
  return {
    next(cron, afterMs) {
      const rule = rules.get(cron) ?? ruleOf(cron);
      rules.set(cron, rule);
      return rule.nextRun(new Date(afterMs))?.getTime() ?? null;
    },
  };
}

const item = String.raw`(?:\*(?:/\d+)?|\d+(?:-\d+(?:/\d+)?)?)`;
const simple = new RegExp(String.raw`^(?:${item}(?:,${item})* ){4,5}${item}(?:,${item})*$`);
const everyTime = /^\*(?: \*){4,5}$/;
const utc = new Set(['UTC', 'Etc/UTC', 'Etc/UCT', 'Etc/Zulu', 'GMT', 'Etc/GMT']);

/**
 * Whether crons agree on a rule: fields of numbers, ranges, lists and steps, days given in one way, and a clock that is never
 * changed.
 */
export function isSimple(cron: string, timezone: string): boolean {
  if (!simple.test(cron)) return false;
  const fields = cron.split(' ');
  const [days, , weekdays = ''] = fields.slice(-3);
  if (days !== '*' && weekdays !== '*') return false;
  if (/[7-9]/.test(weekdays) || fields.some((field) => isBackwards(field))) return false;
  return utc.has(timezone) || everyTime.test(cron);
}

/** A range past the end of its field. */
const isBackwards = (field: string): boolean =>
  [...field.matchAll(/(\d+)-(\d+)/g)].some(([, from, to]) => Number(from) > Number(to));
