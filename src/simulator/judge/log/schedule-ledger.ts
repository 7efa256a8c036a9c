import { type CronOracle, isSimple } from './cron-oracle.js';
import { type Members } from './log-invariant.js';
import { membersAt, numberAt, textAt } from './log-step.js';

/** A time in which one rule was in force, or its pause: after one instant and up to another. */
interface Period {
  readonly cron: string;
  /** False where crons do not agree on the rule. */
  readonly isJudged: boolean;
  readonly startAt: number;
  readonly endAt: number;
  readonly version: number | null;
  readonly isPaused: boolean;
  readonly from: number;
  to: number;
}

/** How a tick is accounted for. */
interface Accounted {
  readonly version: number | null;
  /** Null unless it was skipped. */
  readonly skippedFor: string | null;
}

/** So many in a row are enough to say so. */
const maxCounted = 1_000;

/** The ledger of one schedule, compared with the ticks of its rules: what is accounted for is forgotten. */
export class ScheduleLedger {
  #periods: Period[] = [];
  #accountedTo: number;
  #buffered: number | null = null;

  constructor(
    private readonly cron: CronOracle,
    rule: Members,
    version: number | null,
    isPaused: boolean,
    createdAt: number,
  ) {
    this.#accountedTo = createdAt;
    this.#begin(rule, version, isPaused, createdAt);
  }

  /** Whether a rule was ever in force here that crons do not agree on. */
  get hasUnjudged(): boolean {
    return this.#periods.some(({ isJudged }) => !isJudged);
  }

  /** Another rule, or the same one paused or resumed: ticks after the instant are its own. */
  change(at: number, isPaused: boolean, rule: Members | null, version: number | null): void {
    const last = this.#periods.at(-1);
    if (last === undefined) return;
    last.to = at;
    if (rule !== null) this.#begin(rule, version, isPaused, at);
    else this.#periods.push({ ...last, version, isPaused, from: at, to: Number.POSITIVE_INFINITY });
    this.#forget();
  }

  buffer(dueAt: number): void {
    this.#buffered = dueAt;
  }

  /** Whether that was the tick which waited; then it does no more. */
  unbuffer(dueAt: number): boolean {
    const wasBuffered = this.#buffered === dueAt;
    if (wasBuffered) this.#buffered = null;
    return wasBuffered;
  }

  /** Accounts for a tick; says what is wrong with it, and which ticks before it are left out. */
  *account(dueAt: number, how: Accounted): Iterable<string> {
    if (dueAt <= this.#accountedTo) {
      yield `accounts for the tick of ${timeOf(dueAt)} after that of ${timeOf(this.#accountedTo)}`;
      return;
    }
    yield* this.#leftOutBefore(dueAt);
    const period = this.#periods.find(({ to }) => dueAt <= to);
    if (period === undefined) return;
    const isTick = !period.isJudged || this.#nextIn(period, dueAt - 1, dueAt) === dueAt;
    if (!isTick) yield `accounts for ${timeOf(dueAt)}, which is no tick of ${period.cron}`;
    if (how.version !== period.version)
      yield `accounts for the tick of ${timeOf(dueAt)} by version ${String(how.version)}, not ${String(period.version)}`;
    if (period.isPaused !== (how.skippedFor === 'paused'))
      yield `${period.isPaused ? 'does not skip' : 'skips'} the tick of ${timeOf(dueAt)} for a pause`;
    this.#accountedTo = dueAt;
    this.#forget();
  }

  /** Everything up to an instant must be accounted for by now. */
  *closeAt(instant: number): Iterable<string> {
    yield* this.#leftOutBefore(instant + 1);
  }

  *#leftOutBefore(dueAt: number): Iterable<string> {
    let count = 0;
    let first = 0;
    let last = 0;
    for (const period of this.#periods) {
      const end = Math.min(period.to, dueAt - 1);
      for (let from = Math.max(period.from, this.#accountedTo); count < maxCounted;) {
        const tick = this.#nextIn(period, from, end);
        if (tick === null) break;
        if (count === 0) first = tick;
        count += 1;
        last = from = tick;
      }
    }
    if (count === 1) yield `the tick of ${timeOf(first)} is not in the ledger`;
    if (count > 1)
      yield `${count}${count === maxCounted ? ' or more' : ''} ticks from ${timeOf(first)} to ${timeOf(last)} are not in the ledger`;
    this.#accountedTo = Math.max(this.#accountedTo, last);
  }

  /** The first tick after one instant and up to another. */
  #nextIn({ cron, isJudged, startAt, endAt, from, to }: Period, after: number, until: number): number | null {
    if (!isJudged) return null;
    const tick = this.cron.next(cron, Math.max(after, from, startAt - 1));
    return tick === null || tick > Math.min(until, to, endAt) ? null : tick;
  }

  #begin(rule: Members, version: number | null, isPaused: boolean, from: number): void {
    const cron = textAt(rule, 'cron') ?? '';
    this.#periods.push({
      cron,
      isJudged: isSimple(cron, textAt(rule, 'timezone') ?? ''),
      startAt: numberAt(rule, 'startAt') ?? Number.NEGATIVE_INFINITY,
      endAt: numberAt(rule, 'endAt') ?? Number.POSITIVE_INFINITY,
      version,
      isPaused,
      from,
      to: Number.POSITIVE_INFINITY,
    });
  }

  #forget(): void {
    this.#periods = this.#periods.filter(({ to, from }) => to > this.#accountedTo && to > from);
  }
}

export const ruleOf = (said: Members): Members => membersAt(said, 'rule');

const timeOf = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms));
