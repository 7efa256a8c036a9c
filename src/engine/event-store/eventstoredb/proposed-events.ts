import { type JSONEventData } from '@eventstore/db-client';
import { type NewEvent } from '../event-store.port.js';

/**
 * The events as the client takes them. An event that cannot be written as JSON would leave the client's promise
 * pending for ever, so it is tried here first.
 */
export function proposedEvents(events: readonly NewEvent[]): JSONEventData[] {
  if (events.length === 0) throw new TypeError('an append without events says nothing');
  if (new Set(events.map(({ id }) => id)).size < events.length)
    throw new TypeError('an append holds the same event id twice');
  return events.map(({ id, event, metadata }) => {
    for (const part of [event.data, metadata])
      if (typeof (JSON.stringify(part) as unknown) !== 'string') throw new TypeError(`event ${id} is not plain JSON`);
    return {
      id,
      contentType: 'application/json',
      type: event.type,
      data: event.data as Record<string, unknown>,
      metadata: { ...metadata },
    };
  });
}
