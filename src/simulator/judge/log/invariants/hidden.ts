import { type Fault, type History, type HistoryEvent } from '../../history.js';
import { type LogContext, type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { nothingMore, placeOf, textAt } from '../log-step.js';

export const hidden: LogInvariant = {
  name: 'hidden',
  promise: 'GET /v1/events shows each client the events of its jobs as the log has them, in that order, and no others.',
  begin: (context) => new Hidden(context),
};

/** What was decided so shortly before the events were read may not have been shown yet. */
const notYetMs = 10_000;

class Hidden implements LogFold {
  #cases = 0;
  readonly #clients: ReadonlyMap<string, Shown>;

  constructor({ histories }: LogContext) {
    this.#clients = new Map(histories.map((history) => [history.clientId, new Shown(history)]));
  }

  *see(step: LogStep): Iterable<Fault> {
    if (!step.isOurs || step.jobId === null) return;
    const shown = this.#clients.get(textAt(step.said, 'clientId') ?? '');
    if (shown === undefined) return;
    this.#cases += 1;
    yield* shown.compare(step);
  }

  async *end(): AsyncIterable<Fault> {
    yield* nothingMore();
    for (const shown of this.#clients.values()) yield* shown.rest();
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    return [];
  }
}

/** What one client was shown, compared with what the log has of it. */
class Shown {
  readonly #events: readonly HistoryEvent[];
  readonly #readAt: number;
  #next = 0;
  /** Places of the events by their ids; made when the two differ for the first time. */
  #places: ReadonlyMap<string, number> | null = null;
  /** Shown before something that is before them in the log. */
  readonly #ahead = new Map<string, HistoryEvent>();

  constructor({ events, readAt }: History) {
    this.#events = events;
    this.#readAt = readAt;
  }

  *compare(step: LogStep): Iterable<Fault> {
    const { eventId, jobId, at } = step;
    const next = this.#events[this.#next];
    if (next?.eventId === eventId) {
      this.#next += 1;
      yield* differences(step, next);
      return;
    }
    const early = this.#ahead.get(eventId);
    if (early !== undefined) {
      this.#ahead.delete(eventId);
      yield { jobId, text: `${placeOf(step)} is shown before an event that comes earlier in the log` };
      yield* differences(step, early);
      return;
    }
    this.#places ??= new Map(this.#events.map((event, place) => [event.eventId, place]));
    const place = this.#places.get(eventId);
    if (place === undefined || place < this.#next) {
      const isNew = next === undefined && at > this.#readAt - notYetMs;
      if (!isNew) yield { jobId, text: `${placeOf(step)} is in the log and was not shown to its client` };
      return;
    }
    for (const event of this.#events.slice(this.#next, place)) this.#ahead.set(event.eventId, event);
    this.#next = place + 1;
    const found = this.#events[place];
    if (found !== undefined) yield* differences(step, found);
  }

  *rest(): Iterable<Fault> {
    for (const event of [...this.#ahead.values(), ...this.#events.slice(this.#next)])
      yield { jobId: event.jobId, text: `${textOf(event)} was shown and is not in the log, or was shown twice` };
  }
}

const textOf = ({ jobId, revision, name }: HistoryEvent): string => `job-${jobId}@${revision} ${name}`;

function* differences(step: LogStep, shown: HistoryEvent): Iterable<Fault> {
  const isSame =
    shown.jobId === step.jobId &&
    shown.revision === step.revision &&
    shown.name === step.type &&
    shown.at === step.at &&
    shown.actor === step.marks['actor'];
  if (!isSame) yield { jobId: step.jobId, text: `${placeOf(step)} was shown as ${textOf(shown)} by ${shown.actor}` };
}
