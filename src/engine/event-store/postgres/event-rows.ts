import type { DomainEvent } from '../../../kernel/message.js';
import type { EventMetadata, Position, Recorded } from '../../../kernel/recorded.js';

/** A row of `forgerun_log.events`, in the order of `eventColumns`, every value as text. */
export type EventRow = [
  position: string,
  stream: string,
  revision: string,
  eventId: string,
  type: string,
  data: string,
  metadata: string,
];

export const eventColumns = 'position, stream, revision, event_id, type, data, metadata';

export function recordedFrom(row: EventRow): Recorded {
  const [position, stream, revision, id, type, data, metadata] = row;
  return {
    id,
    stream,
    revision: Number(revision),
    position: BigInt(position),
    metadata: JSON.parse(metadata) as EventMetadata,
    event: { type, data: JSON.parse(data) as object } satisfies DomainEvent,
  };
}

export const asText = { getTypeParser: () => (value: string) => value };

export const positionText = (position: Position): string => position.toString();
