import { type HttpConnection } from '../../sdk/http-connection.js';
import { digestOf } from '../records/digest.js';
import { type HistoryEvent } from './history.js';

/** One event with all of its data. */
export interface WholeEvent extends Omit<HistoryEvent, 'data'> {
  readonly data: Readonly<Record<string, unknown>>;
}

interface WireEvent {
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
      const page: Page = await this.#page(cursor);
      for (const event of page.items) {
        // The first one asked for is the last one known.
        if (event.event_id === this.#last?.event_id) continue;
        this.#last = event;
        yield eventOf(event);
      }
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  async #page(cursor: string | null): Promise<Page> {
    const from = this.#last === null ? {} : { from: this.#last.position };
    const query = { limit: pageSize, ...(cursor === null ? from : { cursor }) };
    const { text } = await this.http.send({ method: 'GET', path: '/v1/events', query });
    return JSON.parse(text) as Page;
  }
}

interface Page {
  readonly items: readonly WireEvent[];
  readonly next_cursor: string | null;
}

const eventOf = (event: WireEvent): WholeEvent => ({
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
