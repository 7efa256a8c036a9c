import { createHash } from 'node:crypto';
import { type StoredLog } from '../../../log/stored-log.js';
import { type Fault } from '../../history.js';
import { type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { placeOf } from '../log-step.js';

export const unchained: LogInvariant = {
  name: 'unchained',
  promise: 'Every link of a stream’s chain follows from its event and from the link before it.',
  begin: () => new Unchained(),
};

const ending = /,"chain":"([A-Za-z0-9_-]*)"\}$/;

/** Written after `docs/internals/event-store.md`: what the engine takes for a link is what is judged. */
class Unchained implements LogFold {
  #cases = 0;
  readonly #links = new Map<string, string>();
  /** The first events of streams that do not follow from nothing, and those where a chain begins anew. */
  readonly #unexplained: { readonly stream: string; readonly fault: Fault }[] = [];
  readonly #notJudged: string[] = [];
  #foreign = 0;

  *see(step: LogStep): Iterable<Fault> {
    if (!step.isOurs) {
      this.#foreign += 1;
      return;
    }
    this.#cases += 1;
    const { stream, revision, metadata, jobId } = step;
    const link = ending.exec(metadata)?.[1];
    if (link === undefined) {
      yield { jobId, text: `${placeOf(step)}: its metadata does not end with a link` };
      return;
    }
    const before = this.#links.get(stream);
    this.#links.set(stream, link);
    if (link === linkOver(before ?? '', step)) return;
    if (before === undefined && revision > 0)
      this.#unexplained.push({ stream, fault: { jobId, text: `${placeOf(step)}: all before it is gone` } });
    else if (link === linkOver('', step))
      this.#unexplained.push({ stream, fault: { jobId, text: `${placeOf(step)} begins a chain of its own` } });
    else yield { jobId, text: `${placeOf(step)}: its link does not follow from the one before it` };
  }

  async *end(log: StoredLog): AsyncIterable<Fault> {
    for (const { stream, fault } of this.#unexplained)
      if ((await log.cutOf(stream)) === null) yield fault;
      else this.#notJudged.push(`the first link that is left of ${stream}, which was cut`);
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    const foreign = this.#foreign === 0 ? [] : [`${this.#foreign} events of other programs`];
    return [...foreign, ...this.#notJudged];
  }
}

function linkOver(before: string, { eventId, type, data, metadata }: LogStep): string {
  const text = [before, eventId, type, data, metadata.replace(ending, '}')].join('\n');
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}
