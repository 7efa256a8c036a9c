import { type Recorded } from './recorded.js';

/** Whose an event is, as its data says; null where it names no client. */
export function clientOf({ event }: Pick<Recorded, 'event'>): string | null {
  const data: unknown = event.data;
  if (typeof data !== 'object' || data === null || !('clientId' in data)) return null;
  return typeof data.clientId === 'string' ? data.clientId : null;
}
