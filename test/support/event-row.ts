import { type EventRow } from '../../src/engine/event-store/postgres/event-rows.js';

export const plainMetadata = {
  at: 1,
  actor: 'a',
  correlationId: null,
  causationId: null,
  traceparent: null,
  schema: 1,
  chain: '',
};

/** A row of the log's table with an event that says nothing. */
export const eventRow = (position: bigint): EventRow => [
  position.toString(),
  `thing-${position}`,
  '0',
  `id-${position}`,
  'Happened',
  '{}',
  JSON.stringify(plainMetadata),
];
