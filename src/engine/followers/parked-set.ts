import { clientOf } from '../../kernel/client-of.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type ParkedStream } from './follower.js';

/** Streams of one client that wait one by one; beyond them all that is the client's waits. */
export const maxParkedPerClient = 1_000;
/** So many clients that wait with all they have are no fault of theirs. */
export const maxParkedClients = 20;

/** The name under which all streams of a client wait; no stream is called so. */
export const wholeClient = (clientId: string): string => `every stream of client ${clientId}`;

/** What a follower passes over: streams, and clients with all they have, each client within its own bound. */
export class ParkedSet {
  /** The client of each stream. */
  readonly #streams = new Map<string, string | null>();
  readonly #perClient = new Map<string | null, number>();
  /** To where everything of a client has been applied. */
  readonly #clients = new Map<string, Position>();

  constructor(rows: readonly ParkedStream[]) {
    for (const row of rows) this.add(row);
  }

  /** Rows of streams and of clients. */
  get size(): number {
    return this.#streams.size + this.#clients.size;
  }

  holds(event: Recorded): boolean {
    if (this.#streams.has(event.stream)) return true;
    if (this.#clients.size === 0) return false;
    const clientId = clientOf(event);
    return clientId !== null && this.#clients.has(clientId);
  }

  holdsStream(stream: string): boolean {
    return this.#streams.has(stream);
  }

  /** To where the events of a stream are its own to catch up with; what comes later waits with its client. */
  endOf({ clientId }: ParkedStream, seen: Position): Position {
    const client = clientId === null ? undefined : this.#clients.get(clientId);
    return client !== undefined && client < seen ? client : seen;
  }

  /**
   * How an event waits that cannot be applied: its stream, or, where the client has too many of those, everything of the
   * client behind `seen`. Null: this has gone so far that the fault is not in the events.
   */
  rowFor(parked: ParkedStream, seen: Position | null): ParkedStream | null {
    const { clientId, stream } = parked;
    if (this.#streams.has(stream) || (this.#perClient.get(clientId) ?? 0) < maxParkedPerClient) return parked;
    if (clientId === null || this.#clients.size >= maxParkedClients) return null;
    const reason = `${maxParkedPerClient} streams of this client wait, and so does all else of it: ${parked.reason}`;
    return { ...parked, stream: wholeClient(clientId), position: seen ?? -1n, reason };
  }

  add({ stream, clientId, position }: ParkedStream): void {
    if (clientId !== null && stream === wholeClient(clientId)) this.#clients.set(clientId, position);
    else if (!this.#streams.has(stream)) {
      this.#streams.set(stream, clientId);
      this.#perClient.set(clientId, (this.#perClient.get(clientId) ?? 0) + 1);
    }
  }

  delete({ stream, clientId }: ParkedStream): void {
    if (clientId !== null && stream === wholeClient(clientId)) this.#clients.delete(clientId);
    else if (this.#streams.delete(stream)) {
      const left = (this.#perClient.get(clientId) ?? 0) - 1;
      if (left > 0) this.#perClient.set(clientId, left);
      else this.#perClient.delete(clientId);
    }
  }

  isClient({ stream, clientId }: ParkedStream): boolean {
    return clientId !== null && stream === wholeClient(clientId);
  }
}
