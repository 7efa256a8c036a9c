import { type RecordedEvent } from '@eventstore/db-client';
import { type EventMetadata, type Recorded } from '../../../kernel/recorded.js';
import { StoreUnavailable } from '../event-store.port.js';
import { type ForeignEvents, isOurs, readableOr } from '../foreign-events.js';
import { type StreamNames } from '../stream-names.js';
import { isKnown, positionFrom } from './position.codec.js';

/** Picks what is ours out of a log that holds the server's own events and those of other programs as well. */
export class RecordedCodec {
  constructor(
    private readonly names: StreamNames,
    private readonly foreign: ForeignEvents,
  ) {}

  isOurs({ streamId, type, metadata }: RecordedEvent): boolean {
    return this.names.own(streamId) !== null && !type.startsWith('$') && isOurs(metadata);
  }

  /** The events that are ours, ready for our readers. */
  ours(events: readonly RecordedEvent[]): Recorded[] {
    const found: Recorded[] = [];
    for (const event of events) {
      const stream = this.names.own(event.streamId);
      if (stream === null || event.type.startsWith('$')) continue;
      if (isOurs(event.metadata)) found.push(recordedFrom(stream, event.metadata, event));
      else this.foreign.passedOver({ stream, revision: Number(event.revision), id: event.id });
    }
    return found;
  }
}

function recordedFrom(stream: string, metadata: EventMetadata, event: RecordedEvent): Recorded {
  if (event.position === undefined || !isKnown(event.position))
    throw new StoreUnavailable(
      `EventStoreDB did not say where event ${event.id} of ${event.streamId} is in the log: version 22.10 or newer does`,
    );
  return {
    id: event.id,
    stream,
    revision: Number(event.revision),
    position: positionFrom(event.position),
    metadata,
    event: { type: event.type, data: readableOr(event.data) },
  };
}
