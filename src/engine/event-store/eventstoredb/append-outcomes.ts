import { type AppendResult, type RecordedEvent } from '@eventstore/db-client';
import { type AppendOutcome } from '../event-store.port.js';
import { isOurs } from '../foreign-events.js';
import { type OneAppend } from './append-call.js';
import { actualRevisionOf, failureOf } from './failures.js';
import { type LogReader } from './log-reader.js';
import { isKnown, positionFrom } from './position.codec.js';
import { failpoint } from '../../../platform/failpoints/failpoint.js';

export interface Write extends OneAppend {
  /** What must be found at the last event, where success alone does not say whose content is stored. */
  readonly chain: string | null;
}

/** What the answer to an append says of it. */
export class AppendOutcomes {
  constructor(private readonly reader: LogReader) {}

  /** Throws what the append failed with, when that does not say that it can never be stored as it is. */
  async of(write: Write, answer: Promise<AppendResult>): Promise<AppendOutcome> {
    const { stream, expected, events, chain } = write;
    try {
      const result = await answer;
      failpoint('append.committed');
      return await this.#appended(stream, result, chain);
    } catch (error) {
      if (failureOf(error) !== 'conflict') throw error;
      const actual = actualRevisionOf(error);
      const repeated = expected === 'no_stream' && actual !== 'no_stream' && actual >= events.length;
      return (repeated ? await this.#recreated(write) : null) ?? { kind: 'conflict', actual };
    }
  }

  async #appended(
    stream: string,
    { nextExpectedRevision, position }: AppendResult,
    chain: string | null,
  ): Promise<AppendOutcome> {
    const revision = Number(nextExpectedRevision);
    if (chain === null && position !== undefined && isKnown(position))
      return { kind: 'appended', revision, position: positionFrom(position), stored: 'now' };
    // A repeat is answered like a first, with the position of what was there or with none: the event itself has it all.
    const [stored] = await this.reader.stored(stream, { from: revision, limit: 1 });
    if (stored?.position === undefined || Number(stored.revision) !== revision)
      throw new Error(`${stream} does not show revision ${revision} that it just confirmed`);
    const isSame = chain === null || chainOf(stored) === chain;
    return {
      kind: 'appended',
      revision,
      position: positionFrom(stored.position),
      stored: isSame ? 'now' : 'otherwise',
    };
  }

  /**
   * A repeat of the append that brought a deleted stream back is a conflict to the server, which looks for its ids at
   * revision 0. They are the first that can be read.
   */
  async #recreated({ stream, events, chain }: Write): Promise<AppendOutcome | null> {
    const stored = await this.reader.stored(stream, { limit: events.length });
    const last = stored.at(-1);
    if (last?.position === undefined || stored.length < events.length || stored[0]?.revision === 0n) return null;
    if (stored.some(({ id }, n) => id !== events[n]?.id)) return null;
    const isSame = chain === null || chainOf(last) === chain;
    return {
      kind: 'appended',
      revision: Number(last.revision),
      position: positionFrom(last.position),
      stored: isSame ? 'before' : 'otherwise',
    };
  }
}

function chainOf({ metadata }: RecordedEvent): string | null {
  return isOurs(metadata) ? metadata.chain : null;
}
