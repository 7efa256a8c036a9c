import type { JSONRecordedEvent, RecordedEvent } from '@eventstore/db-client';
import type { EventMetadata, Recorded } from '../../../kernel/recorded.js';
import { StoreUnavailable } from '../event-store.port.js';
import { isKnown, positionFrom } from './position.codec.js';

/** System events and other applications' binary ones share the log; no reader of ours wants them. */
export function isOurs(event: RecordedEvent): event is JSONRecordedEvent {
  return event.isJson && !event.streamId.startsWith('$') && !event.type.startsWith('$');
}

export function recordedFrom(event: JSONRecordedEvent): Recorded {
  if (event.position === undefined || !isKnown(event.position))
    throw new StoreUnavailable(
      `EventStoreDB did not say where event ${event.id} of ${event.streamId} is in the log: version 22.10 or newer does`,
    );
  return {
    id: event.id,
    stream: event.streamId,
    revision: Number(event.revision),
    position: positionFrom(event.position),
    metadata: event.metadata as unknown as EventMetadata,
    event: { type: event.type, data: event.data as object },
  };
}
