import { clientOf } from '../../kernel/client-of.js';
import { type Append } from './event-store.port.js';

/** Whose the events are that belong to no client: they have turns of their own. */
export const noClient = '';

/** Whose turn an append waits for. */
export function clientOfAppend({ events: [first] }: Pick<Append, 'events'>): string {
  return (first === undefined ? null : clientOf(first)) ?? noClient;
}
