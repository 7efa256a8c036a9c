import { type EventSchemas } from '../../kernel/event-schemas.js';
import { type Instant } from '../../kernel/instant.js';
import { type Recorded } from '../../kernel/recorded.js';
import { derivedId } from '../../platform/ids/ids.js';
import { linker } from '../commands/chain.js';
import { currentEvent } from '../commands/upcast.js';
import { type EventStore, type ExpectedRevision, StoreUnavailable } from '../event-store/event-store.port.js';
import {
  installationCategory,
  type InstallationEvent,
  installationStream,
  installationSuccessor,
  type LogState,
} from './installation.js';

export const installationSchemas: EventSchemas<InstallationEvent> = {
  category: installationCategory,
  versions: { InstallationNamed: 1, LogAdopted: 1 },
  upcast: {},
};

/** A log's stream about itself, and the one that goes on where that was ended for good. */
export class InstallationLog {
  #stream = installationStream;
  #chain = '';
  #conflict: ExpectedRevision | null = null;
  #hiddenEnd: ExpectedRevision | null = null;

  constructor(private readonly store: EventStore) {}

  /**
   * Reads alone. What the database remembers is to be read before: then no checkpoint is ahead of a log that grew. `isNew`: where
   * the log says nothing of itself, nothing of ours can be in it, so a store that others have filled is not read to its beginning.
   */
  async look({ isNew = false } = {}): Promise<LogState> {
    const before = await this.#shown();
    const hasNone = isNew && !before.isGone && this.#hiddenEnd === null;
    const isEmpty = before.events.length === 0 && (hasNone || (await this.#isEmpty()));
    // What is there may be the name that another node has given the log in between.
    const shown = before.events.length > 0 || isEmpty ? before : await this.#shown();
    if (shown.events.length > 0) this.#conflict = this.#hiddenEnd = null;
    return { ...shown, isEmpty, end: await this.store.end(), hiddenEnd: this.#hiddenEnd };
  }

  /** Appends where the stream is expected to end. Whether it did is seen by looking again: of many at once, one does. */
  async write(event: InstallationEvent, expected: ExpectedRevision, at: Instant): Promise<void> {
    const { installation, database } = event.data;
    // Of its place as well: a store would answer that it has that already, of the same event earlier and hidden.
    const place = this.#chain === '' ? [String(expected), String(at)] : [];
    const id = derivedId('installation', event.type, installation, database, ...place);
    const actor = 'process:start';
    const link = linker({ at, actor, correlationId: installation, causationId: null, traceparent: null });
    const { metadata, written } = link(this.#chain, id, event, installationSchemas.versions[event.type]);
    const stream = this.#stream;
    const outcome = await this.store.append({ stream, expected, events: [{ id, event, metadata, written }] });
    if (outcome.kind === 'conflict') {
      // Another node may have been faster. When nothing is shown and the answer is the same again, the end is hidden.
      this.#hiddenEnd = this.#conflict === outcome.actual ? outcome.actual : null;
      this.#conflict = outcome.actual;
    }
    if (outcome.kind === 'unknown') throw new StoreUnavailable('the log may have its name', { cause: outcome.cause });
    if (outcome.kind === 'gone') throw new Error(`${stream} was ended for good: this log has no name`);
  }

  /** The last of it. */
  async latest(): Promise<InstallationEvent | null> {
    for (const stream of [installationSuccessor, installationStream]) {
      const [last] = await this.store.readStream(stream, { backwards: true, limit: 1 });
      if (last !== undefined) return current(last);
    }
    return null;
  }

  async #shown(): Promise<Pick<LogState, 'events' | 'last' | 'isGone'>> {
    const [first, second] = await this.store.readStreams([installationStream, installationSuccessor]);
    const isGone = first?.isGone ?? false;
    const read = isGone ? second : first;
    this.#stream = isGone ? installationSuccessor : installationStream;
    const events = read?.events ?? [];
    this.#chain = events.at(-1)?.metadata.chain ?? '';
    return { events: events.map(current), last: read?.last ?? null, isGone };
  }

  async #isEmpty(): Promise<boolean> {
    if ((await this.store.head()) === null) return true;
    // A head may be that of another namespace.
    return (await this.store.readAll({ limit: 1 })).length === 0;
  }
}

const current = (recorded: Recorded): InstallationEvent =>
  currentEvent(installationSchemas, recorded).event as InstallationEvent;
