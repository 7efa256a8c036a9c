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

  constructor(private readonly store: EventStore) {}

  async read(): Promise<readonly InstallationEvent[]> {
    const [read] = await this.store.readStreams([installationStream]);
    const events = read?.events ?? [];
    this.last = read?.last ?? null;
    this.chain = events.at(-1)?.metadata.chain ?? '';
    return events.map(current);
  }

  /** Appends behind what was read. Whether it did is seen by reading again: of many at once, one does. */
  async write(event: InstallationEvent, at: Instant): Promise<void> {
    const { installation, database } = event.data;
    const id = derivedId('installation', event.type, installation, database);
    const actor = 'process:start';
    const link = linker({ at, actor, correlationId: installation, causationId: null, traceparent: null });
    const { metadata, written } = link(this.chain, id, event, schemas.versions[event.type] ?? 1);
    const outcome = await this.store.append({
      stream: installationStream,
      expected: this.last ?? 'no_stream',
      events: [{ id, event, metadata, written }],
    });
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
