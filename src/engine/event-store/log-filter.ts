import { type Recorded } from '../../kernel/recorded.js';
import { type LogFilter } from './event-store.port.js';

/** Whether an event is among those a reader of the whole log asked for. */
export function matches({ streamPrefixes, types }: LogFilter, { stream, event }: Recorded): boolean {
  if (types !== undefined && types.length > 0 && !types.includes(event.type)) return false;
  if (streamPrefixes === undefined || streamPrefixes.length === 0) return true;
  return streamPrefixes.some((prefix) => stream.startsWith(prefix));
}
