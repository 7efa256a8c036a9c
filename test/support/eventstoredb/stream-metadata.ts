import { deletedRevision, type LogRecord } from './records.js';

/** What `$$stream` says about which events of a stream can be read. */
export interface StreamMetadata {
  readonly truncateBefore: bigint;
  readonly maxCount: number | null;
  readonly maxAgeSeconds: number | null;
  /** As stored, so that a change keeps what it does not know. */
  readonly text: string;
}

export const noMetadata: StreamMetadata = { truncateBefore: 0n, maxCount: null, maxAgeSeconds: null, text: '{}' };

export const softDeleted = `{"$tb":${String(deletedRevision)}}`;

export function metadataFrom(record: LogRecord | undefined): StreamMetadata {
  if (record === undefined) return noMetadata;
  const text = Buffer.from(record.data).toString('utf8');
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const number = (key: string): number | null => (typeof parsed[key] === 'number' ? parsed[key] : null);
  // Read from the text: a parsed number is not exact above 2^53.
  const truncateBefore = /"\$tb"\s*:\s*(\d+)/.exec(text)?.[1];
  return {
    truncateBefore: BigInt(truncateBefore ?? 0),
    maxCount: number('$maxCount'),
    maxAgeSeconds: number('$maxAge'),
    text,
  };
}

/** The metadata text with another `$tb` and everything else as it was. */
export function withTruncateBefore({ text }: StreamMetadata, revision: bigint): string {
  const others = JSON.parse(text) as Record<string, unknown>;
  delete others['$tb'];
  const rest = JSON.stringify(others).slice(1, -1);
  return `{"$tb":${String(revision)}${rest === '' ? '' : `,${rest}`}}`;
}

export const isSoftDeleted = ({ truncateBefore }: StreamMetadata): boolean => truncateBefore === deletedRevision;

/** Events that a reader of the stream sees. */
export function visible(records: readonly LogRecord[], metadata: StreamMetadata, now: number): readonly LogRecord[] {
  const last = records.at(-1)?.revision ?? -1n;
  const oldest = metadata.maxAgeSeconds === null ? null : BigInt(now - metadata.maxAgeSeconds * 1000) * 10_000n;
  const first =
    metadata.maxCount === null
      ? metadata.truncateBefore
      : max(metadata.truncateBefore, last - BigInt(metadata.maxCount) + 1n);
  if (first <= 0n && oldest === null) return records;
  return records.filter(({ revision, created }) => revision >= first && (oldest === null || created >= oldest));
}

const max = (one: bigint, other: bigint): bigint => (one > other ? one : other);
