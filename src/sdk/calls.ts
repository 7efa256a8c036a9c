import { backoffMs, pause } from './backoff.js';
import { ForgeRunError } from './forge-run-error.js';
import { type HttpAnswer, type HttpConnection, type HttpRequest } from './http-connection.js';
import { type Page } from './model.js';
import { serverSentEvents } from './server-sent-events.js';
import { fromWire, toWire } from './wire.js';

type Query = NonNullable<HttpRequest['query']>;

const resumeAfterMs = 50;
const resumeAfterMaxMs = 1_000;

/** The calls of one part of the API, with the wire's names translated. */
export abstract class Calls {
  constructor(protected readonly http: HttpConnection) {}

  protected async read<T>(path: string, query: Query = {}, headers: Record<string, string> = {}): Promise<T> {
    return fromWire((await this.http.send({ method: 'GET', path, query: wireQuery(query), headers })).text) as T;
  }

  /** A repeatable write is sent again after a failure that leaves its fate unknown. */
  protected async write<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    repeatable: boolean,
  ): Promise<T> {
    return fromWire((await this.send(method, path, body, repeatable)).text) as T;
  }

  protected send(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    repeatable: boolean,
  ): Promise<HttpAnswer> {
    const content = body === undefined ? {} : { bodyText: toWire(body) };
    return this.http.send({ method, path, ...content, repeatable });
  }

  /** Walks a list to its end, a page at a time. */
  protected async *walk<Item>(page: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item, void> {
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await page(cursor);
      yield* items;
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** What an event stream gives, until it is over for good or the signal fires. Lost connections are resumed where they were. */
  protected async *follow<Item>(path: string, signal: AbortSignal): AsyncGenerator<Item, void> {
    let lastId: string | null = null;
    const ended = (): boolean => signal.aborted;
    for (let failures = 0; !ended(); failures += 1) {
      try {
        const resume: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
        const response = await this.http.open(path, { accept: 'text/event-stream', ...resume }, signal);
        // The last event has been seen already.
        if (response.status === 204) return;
        for await (const { id, data } of serverSentEvents(response)) {
          failures = 0;
          lastId = id ?? lastId;
          yield fromWire(data) as Item;
        }
      } catch (error) {
        if (ended()) return;
        if (error instanceof ForgeRunError && error.status < 500 && error.status !== 429) throw error;
      }
      await pause(backoffMs(failures, resumeAfterMs, resumeAfterMaxMs), signal);
    }
  }
}

const wireQuery = (query: Query): Query =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name.replace(/[A-Z]/g, (x) => `_${x.toLowerCase()}`), value]),
  );

/** One step of a path; an id from outside cannot leave its place in it. */
export const step = (id: string): string => encodeURIComponent(id);
