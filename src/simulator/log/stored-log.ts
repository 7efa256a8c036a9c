/** An event as it lies in the store. */
export interface LoggedEvent {
  readonly position: bigint;
  /** As it is called inside the engine, without a namespace. */
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  /** JSON text. */
  readonly data: string;
  /** JSON text; of another program's event anything. */
  readonly metadata: string;
}

/** The whole log of an installation, read past the engine. */
export interface StoredLog {
  /** From the beginning to where it ends by then, in the order of positions; a part at a time is in memory. May be read again. */
  read(): AsyncIterable<LoggedEvent>;
  /** The first revision that may be left of a stream which lost its beginning on purpose; null: it has lost nothing. */
  cutOf(stream: string): Promise<number | null>;
  close(): Promise<void>;
}
