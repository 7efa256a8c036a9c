import { type StoredLog } from '../../../log/stored-log.js';
import { type Fault } from '../../history.js';
import { type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { placeOf, textAt } from '../log-step.js';
import { SeenIds } from '../seen-ids.js';

export const uncaused: LogInvariant = {
  name: 'uncaused',
  promise:
    'Every event says who did it, which earlier event or which request caused it, and what its stream belongs to.',
  begin: () => new Uncaused(),
};

/** `key:<key id>`, for an operator `key:<key id> for <client id>`; `worker:<worker id>`; `process:<name>`. */
const actors = /^(?:key:\S+(?: for \S+)?|worker:[^]+|process:\S+)$/;
const key = /^key:\S+(?: for \S+)?$/;
/** Ids of events are derived, which their version says. A caller that sends such a one as `X-Request-Id` is taken for mistaken. */
const derivedId = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** What the engine begins by itself, at a first start. */
const begunByItself = /^(?:installation|client)-/;

interface Stream {
  readonly correlationId: string | null;
  /** Who holds the job of this stream, where it is one. */
  workerId: string | null;
}

class Uncaused implements LogFold {
  #cases = 0;
  readonly #streams = new Map<string, Stream>();
  readonly #ids = new SeenIds();
  /** Causes that are not in the log, by the event that names each. */
  readonly #missing: Fault[] = [];
  readonly #begunLater: string[] = [];
  #isCut = false;

  *see(step: LogStep): Iterable<Fault> {
    if (step.isOurs)
      for (const what of this.#faultsOf(step)) yield { jobId: step.jobId, text: `${placeOf(step)} ${what}` };
    this.#ids.add(step.eventId);
  }

  async *end(log: StoredLog): AsyncIterable<Fault> {
    for (const stream of this.#begunLater) if ((await log.cutOf(stream)) !== null) this.#isCut = true;
    if (!this.#isCut) yield* this.#missing;
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    const count = this.#missing.length;
    return this.#isCut && count > 0 ? [`${count} causes that may have been in streams which were cut`] : [];
  }

  *#faultsOf(step: LogStep): Iterable<string> {
    this.#cases += 1;
    const { stream, revision, marks, type, said } = step;
    const correlationId = textAt(marks, 'correlationId');
    const known = this.#streams.get(stream);
    if (known === undefined && revision > 0) this.#begunLater.push(stream);
    const now: Stream = known ?? { correlationId, workerId: null };
    this.#streams.set(stream, now);
    if (correlationId !== now.correlationId)
      yield `belongs to ${String(correlationId)}, not to ${String(now.correlationId)}`;
    if (
      type === 'JobCreated' &&
      textAt(said, 'correlationId') !== null &&
      textAt(said, 'correlationId') !== correlationId
    )
      yield `belongs to ${String(correlationId)}, and was submitted for ${String(said['correlationId'])}`;
    if (stream.startsWith('delivery-') && known === undefined) yield* this.#ofAnother(step, correlationId);
    if (type === 'JobAssigned') now.workerId = textAt(said, 'workerId');
    yield* actorFaults(step, now);
    yield* this.#causeFaults(step);
  }

  /** A delivery belongs to what the job of its event belongs to. */
  *#ofAnother({ said }: LogStep, correlationId: string | null): Iterable<string> {
    const job = this.#streams.get(`job-${textAt(said, 'jobId') ?? ''}`);
    if (job !== undefined && job.correlationId !== correlationId)
      yield `belongs to ${String(correlationId)}, and its job to ${String(job.correlationId)}`;
  }

  *#causeFaults(step: LogStep): Iterable<string> {
    const { marks, stream, jobId } = step;
    const causationId = textAt(marks, 'causationId');
    const actor = textAt(marks, 'actor') ?? '';
    if (causationId === null) {
      if (!begunByItself.test(stream)) yield 'has no cause';
    } else if (derivedId.test(causationId)) {
      if (!this.#ids.has(causationId))
        this.#missing.push({
          jobId,
          text: `${placeOf(step)} was caused by ${causationId}, which is not in the log before it`,
        });
    } else if (actor.startsWith('process:')) yield `was done by ${actor} for ${causationId}, which is no event`;
  }
}

function* actorFaults({ marks }: LogStep, { workerId }: Stream): Iterable<string> {
  const actor = textAt(marks, 'actor');
  const via = textAt(marks, 'via');
  if (actor === null || !actors.test(actor)) yield `was done by ${JSON.stringify(actor)}`;
  const isOfWorker = actor?.startsWith('worker:') === true;
  if (isOfWorker && workerId !== null && actor !== `worker:${workerId}`)
    yield `was done by ${actor} while worker ${workerId} has the lease`;
  if (via !== null && (!isOfWorker || !key.test(via))) yield `was done by ${String(actor)} via ${via}`;
}
