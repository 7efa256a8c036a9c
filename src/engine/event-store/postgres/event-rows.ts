import { type Position, type Recorded } from '../../../kernel/recorded.js';
import { type ForeignEvents, isOurs, readableOr } from '../foreign-events.js';
import { type StreamNames } from '../stream-names.js';

/** A row of `forgerun_log.events`, in the order of `eventColumns`, every value as text. */
export type EventRow = [
  position: string,
  stream: string,
  revision: string,
  eventId: string,
  type: string,
  data: string,
  metadata: string,
];

export const eventColumns = 'position, stream, revision, event_id, type, data, metadata';

/** Reads rows, and knows those that are not ours: other programs may write into the table, other installations do. */
export class EventRows {
  constructor(
    readonly names: StreamNames,
    private readonly foreign: ForeignEvents,
  ) {}

  ours(rows: readonly EventRow[]): Recorded[] {
    const found: Recorded[] = [];
    for (const row of rows) {
      const recorded = this.read(row);
      if (recorded !== null) found.push(recorded);
    }
    return found;
  }

  /** Null where it is another's. */
  read([position, stored, revision, id, type, data, metadata]: EventRow): Recorded | null {
    const stream = this.names.own(stored);
    if (stream === null) return null;
    const marks = parsed(metadata);
    if (!isOurs(marks)) {
      this.foreign.passedOver({ stream, revision: Number(revision), id });
      return null;
    }
    return {
      id,
      stream,
      revision: Number(revision),
      position: BigInt(position),
      metadata: marks,
      event: { type, data: readableOr(parsed(data)) },
    };
  }
}

/** Null for a text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export const asText = { getTypeParser: () => (value: string) => value };

export const positionText = (position: Position): string => position.toString();
