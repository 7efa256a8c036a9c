import { type LogFilter } from './event-store.port.js';

const anyNamespace = /^[a-z][a-z0-9]{0,31}\./;

/**
 * Stream names as the store knows them: with a namespace before their category, `acme.job-<id>`, where there is one, so
 * that several installations share a store. Inside the engine a stream is called `job-<id>` in every namespace.
 */
export class StreamNames {
  readonly #beginning: string;

  constructor(private readonly namespace: string | null) {
    this.#beginning = namespace === null ? '' : `${namespace}.`;
  }

  stored(stream: string): string {
    return this.#beginning + stream;
  }

  /** The name inside the engine; null for streams of the server itself and of other namespaces. */
  own(stored: string): string | null {
    if (stored.startsWith('$')) return null;
    if (this.namespace === null) return anyNamespace.test(stored) ? null : stored;
    return stored.startsWith(this.#beginning) ? stored.slice(this.#beginning.length) : null;
  }

  /** Beginnings of stored names that hold everything the filter asks for; empty: the whole log. */
  prefixes({ streamPrefixes = [] }: LogFilter): readonly string[] {
    if (streamPrefixes.length > 0) return streamPrefixes.map((prefix) => this.stored(prefix));
    return this.namespace === null ? [] : [this.#beginning];
  }
}

export const withoutNamespace = new StreamNames(null);
