import { type EventMetadata, type Recorded, type Revision } from '../../kernel/recorded.js';

/** An event of another program in a stream whose name is one of ours. */
export interface ForeignEvent {
  readonly stream: string;
  readonly revision: Revision;
  readonly id: string;
}

/** Called with every foreign event; `isFirst`: none of its stream was reported before. It must not throw. */
type ForeignReport = (event: ForeignEvent, isFirst: boolean) => void;

/** What is remembered of events and of streams, twice at most: a store can hold more foreign events than memory does. */
const maxKept = 10_000;

/**
 * Notices events that are passed over because another program wrote them. Several readers meet the same one, and all of
 * them again after a reconnect: it is reported once, as long as it is among the last thousands.
 */
export class ForeignEvents {
  readonly #events = new Recent(maxKept);
  readonly #streams = new Recent(maxKept);

  constructor(
    private readonly report: ForeignReport,
    /** Categories that ForgeRun writes; streams of others are not reported. Null: all. */
    private readonly categories: ReadonlySet<string> | null = null,
  ) {}

  passedOver(event: ForeignEvent): void {
    const { stream, id } = event;
    const dash = stream.indexOf('-');
    if (this.categories !== null && !this.categories.has(dash < 0 ? stream : stream.slice(0, dash))) return;
    if (!this.#events.add(`${stream}/${id}`)) return;
    this.report(event, this.#streams.add(stream));
  }
}

/** The texts that were added last, in two generations: when the young one is full, the old one is forgotten. */
class Recent {
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(private readonly most: number) {}

  /** Whether it is new. */
  add(text: string): boolean {
    if (this.#young.has(text)) return false;
    const isNew = !this.#old.has(text);
    this.#young.add(text);
    if (this.#young.size >= this.most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return isNew;
  }
}

/**
 * An event is ours by its metadata, because any program may use our names of streams and types: every event that
 * ForgeRun ever wrote has a schema version and a link of its stream's chain.
 */
export const isOurs = (metadata: unknown): metadata is EventMetadata =>
  typeof metadata === 'object' && metadata !== null && 'schema' in metadata && 'chain' in metadata;

/** Stands for data that is no JSON object in an event that is ours. */
const unreadable: object = Object.freeze({});

export const readableOr = (data: unknown): object =>
  typeof data === 'object' && data !== null && !(data instanceof Uint8Array) ? data : unreadable;

/** Throws for an event that is ours and damaged: a reader that needs what it says cannot go on. */
export function refuseUnreadable({ id, event, metadata }: Recorded): void {
  if (event.data === unreadable) throw new Error(`the data of event ${id} (${event.type}) cannot be read`);
  const { schema } = metadata;
  if (!Number.isSafeInteger(schema) || schema < 1)
    throw new Error(`event ${id} (${event.type}) has no schema version but ${JSON.stringify(schema)}`);
}
