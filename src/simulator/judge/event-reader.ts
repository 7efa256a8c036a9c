import { type HttpConnection } from '../../sdk/http-connection.js';
import { digestOf } from '../records/digest.js';
import { type WholeEvent } from './history.js';

export interface WireEvent {
  readonly event_id: string;
  readonly job_id: string;
  readonly event_name: string;
  readonly revision: number;
  readonly position: string;
  readonly timestamp: string;
  readonly attempt: number | null;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const pageSize = 200;

/** Reads all events of one client through the API, each time those that came since. */
export class EventReader {
  #last: WireEvent | null = null;

  constructor(private readonly http: HttpConnection) {}

  async *more(): AsyncGenerator<WholeEvent, void> {
    let cursor: string | null = null;
    do {
      const page: EventPage = await this.#page(cursor);
      for (const event of page.items) {
        // The first one asked for is the last one known.
        if (event.event_id === this.#last?.event_id) continue;
        this.#last = event;
        yield eventOf(event);
      }
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  async #page(cursor: string | null): Promise<EventPage> {
    const from = this.#last === null ? {} : { from: this.#last.position };
    const query = { limit: pageSize, ...(cursor === null ? from : { cursor }) };
    const { text } = await this.http.send({ method: 'GET', path: '/v1/events', query });
    return JSON.parse(text) as EventPage;
  }
}

export interface EventPage {
  readonly items: readonly WireEvent[];
  readonly next_cursor: string | null;
}

/** One event as both routes show it. */
export const eventOf = (event: WireEvent): WholeEvent => ({
  eventId: event.event_id,
  jobId: event.job_id,
  name: event.event_name,
  revision: event.revision,
  at: Date.parse(event.timestamp),
  actor: event.actor,
  attempt: event.attempt,
  digest: digestOf(JSON.stringify(event)),
  data: event.data,
});
