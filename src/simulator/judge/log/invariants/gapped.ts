import { type StoredLog } from '../../../log/stored-log.js';
import { type Fault } from '../../history.js';
import { type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { placeOf } from '../log-step.js';
import { SeenIds } from '../seen-ids.js';

export const gapped: LogInvariant = {
  name: 'gapped',
  promise:
    'Every stream has its revisions from 0 on, or from where it was cut, positions rise, and no event is there twice.',
  begin: () => new Gapped(),
};

class Gapped implements LogFold {
  #cases = 0;
  readonly #revisions = new Map<string, number>();
  /** First revisions of streams that do not begin with 0. */
  readonly #begunLater = new Map<string, number>();
  readonly #ids = new SeenIds();
  readonly #maybeTwice = new Set<string>();
  #position: bigint | null = null;

  *see(step: LogStep): Iterable<Fault> {
    this.#cases += 1;
    const { position, stream, revision, eventId, jobId } = step;
    if (this.#position !== null && position <= this.#position)
      yield { jobId, text: `${placeOf(step)} has position ${position} after ${this.#position}` };
    this.#position = position;
    if (this.#ids.add(eventId)) this.#maybeTwice.add(eventId);
    const before = this.#revisions.get(stream);
    if (before === undefined && revision > 0) this.#begunLater.set(stream, revision);
    if (before !== undefined && revision !== before + 1)
      yield { jobId, text: `${placeOf(step)} stands where revision ${before + 1} belongs` };
    this.#revisions.set(stream, revision);
  }

  async *end(log: StoredLog): AsyncIterable<Fault> {
    for (const [stream, revision] of this.#begunLater)
      if ((await log.cutOf(stream)) === null)
        yield { jobId: null, text: `${stream} begins with revision ${revision}, and was not cut` };
    if (this.#maybeTwice.size === 0) return;
    const seen = new Set<string>();
    for await (const event of log.read()) {
      const { eventId } = event;
      if (!this.#maybeTwice.has(eventId)) continue;
      if (seen.has(eventId)) yield { jobId: null, text: `${placeOf(event)}: event ${eventId} is in the log twice` };
      seen.add(eventId);
    }
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    return [];
  }
}
