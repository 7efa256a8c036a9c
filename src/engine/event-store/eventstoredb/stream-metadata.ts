import { type RecordedEvent } from '@eventstore/db-client';
import { type Revision } from '../../../kernel/recorded.js';

/**
 * A stream's metadata with another `$tb` and everything else as it was; null when nothing is to be done.
 * The client's own call for this would rewrite access rules and drop keys it does not know.
 */
export function truncatedMetadata(last: RecordedEvent | undefined, revision: Revision): Record<string, unknown> | null {
  const metadata = last?.isJson === true && isRecord(last.data) ? last.data : {};
  const before = metadata['$tb'];
  // A deleted stream has the greatest number there is, and stays deleted.
  if (typeof before === 'number' && before >= revision) return null;
  return { ...metadata, $tb: revision };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
