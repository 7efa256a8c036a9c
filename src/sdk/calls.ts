import { type HttpAnswer, type HttpConnection, type HttpRequest } from './http-connection.js';
import { type Page } from './model.js';
import { fromWire, toWire } from './wire.js';

type Query = NonNullable<HttpRequest['query']>;

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
}

const wireQuery = (query: Query): Query =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name.replace(/[A-Z]/g, (x) => `_${x.toLowerCase()}`), value]),
  );

/** One step of a path; an id from outside cannot leave its place in it. */
export const step = (id: string): string => encodeURIComponent(id);
