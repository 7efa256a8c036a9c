import type { EventSchemas } from '../../kernel/event-schemas.js';
import type { Instant } from '../../kernel/instant.js';
import type { Recorded, Revision } from '../../kernel/recorded.js';
import { derivedId } from '../../platform/ids/ids.js';
import { linker } from '../commands/chain.js';
import { currentEvent } from '../commands/upcast.js';
import { type EventStore, StoreUnavailable } from '../event-store/event-store.port.js';
import { installationCategory, type InstallationEvent, installationStream } from './installation.js';

const schemas: EventSchemas = {
  category: installationCategory,
  versions: { InstallationNamed: 1, LogAdopted: 1 },
  upcast: {},
};

/** A log's stream about itself. */
export class InstallationLog {
  private last: Revision | null = null;
  private chain = '';
  private conflict: Revision | null = null;
  private hiddenEnd: Revision | null = null;

  constructor(private readonly store: EventStore) {}

  async read(): Promise<readonly InstallationEvent[]> {
    const [read] = await this.store.readStreams([installationStream]);
    const events = read?.events ?? [];
    this.last = read?.last ?? null;
    this.chain = events.at(-1)?.metadata.chain ?? '';
    return events.map(current);
  }

  /** Nothing could be read twice, and both times an append said that there is something: it is hidden, not just begun. */
  get isHidden(): boolean {
    return this.last === null && this.hiddenEnd !== null;
  }

  /** Appends behind what was read. Whether it did is seen by reading again: of many at once, one does. */
  async write(event: InstallationEvent, at: Instant): Promise<void> {
    const { installation, database } = event.data;
    const behind = this.last ?? this.hiddenEnd;
    // Not the id of what may be hidden: a store would answer that it has that already.
    const place = this.last === null ? [String(behind), String(at)] : [];
    const id = derivedId('installation', event.type, installation, database, ...place);
    const actor = 'process:start';
    const link = linker({ at, actor, correlationId: installation, causationId: null, traceparent: null });
    const { metadata, written } = link(this.chain, id, event, schemas.versions[event.type] ?? 1);
    const outcome = await this.store.append({
      stream: installationStream,
      expected: behind ?? 'no_stream',
      events: [{ id, event, metadata, written }],
    });
    if (outcome.kind === 'conflict' && this.last === null && outcome.actual !== 'no_stream') {
      this.hiddenEnd = this.conflict === outcome.actual ? outcome.actual : null;
      this.conflict = outcome.actual;
    }
    if (outcome.kind === 'unknown') throw new StoreUnavailable('the log may have its name', { cause: outcome.cause });
    if (outcome.kind === 'gone') throw new Error(`${installationStream} was ended for good: this log has no name`);
  }

  /** The last of it. */
  async latest(): Promise<InstallationEvent | null> {
    const [last] = await this.store.readStream(installationStream, { backwards: true, limit: 1 });
    return last === undefined ? null : current(last);
  }
}

const current = (recorded: Recorded): InstallationEvent => currentEvent(schemas, recorded).event as InstallationEvent;
