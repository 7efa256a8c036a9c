import { type Fault } from '../../history.js';
import { type LogContext, type LogFold, type LogInvariant, type LogStep, type Members } from '../log-invariant.js';
import { nothingMore, numberAt, textAt } from '../log-step.js';
import { ruleOf, ScheduleLedger } from '../schedule-ledger.js';

export const ticked: LogInvariant = {
  name: 'ticked',
  promise:
    'Every tick of a schedule’s rule is in its ledger once, under the version that was in force, and nothing else is.',
  begin: (context) => new Ticked(context),
};

/** So late a tick may be before it counts as left out. */
const maxLateMs = 30_000;
/** A deletion accounts for what is due by the clock of the database, and is dated by that of a node. */
const maxSkewMs = 1_000;

/** By which member each event says from when on another rule is in force. */
const changes: Readonly<Record<string, string>> = {
  ScheduleChanged: 'changedAt',
  SchedulePaused: 'pausedAt',
  ScheduleResumed: 'resumedAt',
};

class Ticked implements LogFold {
  #cases = 0;
  readonly #ledgers = new Map<string, ScheduleLedger>();
  readonly #unjudged = new Set<string>();
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly context: LogContext) {}

  *see(step: LogStep): Iterable<Fault> {
    const { stream, said, type, at } = step;
    if (!step.isOurs) return;
    this.#lastAt = Math.max(this.#lastAt, at);
    if (!stream.startsWith('schedule-')) return;
    const { cron } = this.context;
    if (type === 'ScheduleCreated' && cron !== null) {
      const createdAt = numberAt(said, 'createdAt') ?? at;
      const isPaused = said['paused'] === true;
      this.#ledgers.set(stream, new ScheduleLedger(cron, ruleOf(said), numberAt(said, 'version'), isPaused, createdAt));
    }
    const ledger = this.#ledgers.get(stream);
    if (ledger === undefined) this.#unjudged.add(stream);
    else {
      for (const text of this.#faultsOf(step, ledger))
        yield { jobId: null, text: `${stream}@${step.revision} ${text}` };
      if (ledger.hasUnjudged) this.#unjudged.add(stream);
    }
    if (type === 'ScheduleDeleted') this.#ledgers.delete(stream);
  }

  async *end(): AsyncIterable<Fault> {
    yield* nothingMore();
    const readAt = Math.max(this.#lastAt, ...this.context.histories.map((history) => history.readAt));
    for (const [stream, ledger] of this.#ledgers)
      for (const text of ledger.closeAt(readAt - maxLateMs)) yield { jobId: null, text: `${stream}: ${text}` };
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    const count = this.#unjudged.size;
    if (this.context.cron === null) return count === 0 ? [] : [`${count} schedules: croner is not installed`];
    return count === 0 ? [] : [`${count} schedules that crons do not agree on, or whose beginning is gone`];
  }

  *#faultsOf({ type, said, at }: LogStep, ledger: ScheduleLedger): Iterable<string> {
    const version = numberAt(said, 'version');
    const changedBy = changes[type];
    if (changedBy !== undefined) {
      const isPaused = type === 'SchedulePaused' || (type === 'ScheduleChanged' && said['paused'] === true);
      const rule = type === 'ScheduleChanged' ? ruleOf(said) : null;
      ledger.change(numberAt(said, changedBy) ?? at, isPaused, rule, version);
    }
    if (type === 'ScheduleDeleted') yield* ledger.closeAt((numberAt(said, 'deletedAt') ?? at) - maxSkewMs);
    const reason = textAt(said, 'reason');
    for (const dueAt of duesOf(type, reason, said)) {
      if (ledger.unbuffer(dueAt)) continue;
      this.#cases += 1;
      yield* ledger.account(dueAt, { version, skippedFor: type === 'OccurrencesSkipped' ? reason : null });
      if (type === 'OccurrenceBuffered') ledger.buffer(dueAt);
    }
  }
}

/** The nominal times that an event accounts for. */
function duesOf(type: string, reason: string | null, said: Members): readonly number[] {
  const { dueAt, dueAts } = said;
  switch (type) {
    case 'OccurrenceFired':
      // By hand, at any time.
      return typeof dueAt === 'number' && reason !== 'triggered' ? [dueAt] : [];
    case 'OccurrenceBuffered':
      return typeof dueAt === 'number' ? [dueAt] : [];
    case 'OccurrencesSkipped':
    case 'OccurrencesMissed':
      return Array.isArray(dueAts) ? dueAts.filter((each) => typeof each === 'number') : [];
    default:
      return [];
  }
}
