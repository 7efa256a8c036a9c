/** What streams of ForgeRun are called, as `docs/guides/eventstoredb.md` lists them. */
const categories: ReadonlySet<string> = new Set([
  'client',
  'delivery',
  'installation',
  'job',
  'queue',
  'schedule',
  'schedulename',
  'webhook',
]);

/** Names of streams in a store that several installations, and other programs, may share. */
export class OwnStreams {
  readonly #beginning: string;

  constructor(namespace: string | null) {
    this.#beginning = namespace === null ? '' : `${namespace}.`;
  }

  /** The name without its namespace; null where the stream is not one of this installation. */
  own(stored: string): string | null {
    if (!stored.startsWith(this.#beginning)) return null;
    const name = stored.slice(this.#beginning.length);
    const dash = name.indexOf('-');
    return dash > 0 && categories.has(name.slice(0, dash)) ? name : null;
  }

  stored(name: string): string {
    return this.#beginning + name;
  }
}
