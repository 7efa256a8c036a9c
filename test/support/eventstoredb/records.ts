/** One event as the log holds it. */
export interface LogRecord {
  readonly stream: string;
  readonly revision: bigint;
  readonly commit: bigint;
  readonly prepare: bigint;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** Ticks of 100 ns since the Unix epoch. */
  readonly created: bigint;
}

export type ProposedEvent = Pick<LogRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

export interface LogPosition {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export type ExpectedState = bigint | 'any' | 'no_stream' | 'stream_exists';

/** The revision that a tombstone has, and the `$tb` of a soft-deleted stream: the greatest 64-bit integer. */
export const deletedRevision = 2n ** 63n - 1n;

export const comparePositions = (one: LogPosition, other: LogPosition): number => {
  if (one.commit !== other.commit) return one.commit < other.commit ? -1 : 1;
  if (one.prepare !== other.prepare) return one.prepare < other.prepare ? -1 : 1;
  return 0;
};

export const jsonEventOf = (id: string, type: string, data: string): ProposedEvent => ({
  id,
  type,
  contentType: 'application/json',
  data: Buffer.from(data),
  metadata: new Uint8Array(),
});
