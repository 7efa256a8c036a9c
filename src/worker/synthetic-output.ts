import { createHash } from 'node:crypto';
import { isSyntheticKind } from '../kernel/work-kinds.js';
import { syntheticCatalog } from './synthetic-catalog.js';

const jsonQuotes = 2;

/**
 * What a run of a synthetic kind puts out: the same for every run of the same job, so that a replay can check it. As
 * a JSON string it takes exactly the catalogue's KiB. Null for a kind that puts out nothing.
 */
export function expectedOutput(workKind: string, jobId: string): string | null {
  const kibibytes = isSyntheticKind(workKind) ? syntheticCatalog[workKind].outputKiB : 0;
  if (kibibytes === 0) return null;
  const chars = kibibytes * 1024 - jsonQuotes;
  // Four characters of base64 hold three bytes.
  const bytes = Math.ceil((chars * 3) / 4);
  const stream = createHash('shake256', { outputLength: bytes }).update(`${workKind}\n${jobId}`);
  return stream.digest('base64url').slice(0, chars);
}
