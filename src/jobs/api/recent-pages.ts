const keptForMs = 1_000;
const maxPages = 256;
const maxBytes = 16 * 1024 * 1024;

interface Kept<Page> {
  readonly page: Page;
  readonly at: number;
  readonly bytes: number;
}

/**
 * Pages that were read within the last second, by what they are of. Streams of one client that have come a little apart are
 * given the same pages one after the other, instead of each reading its own. Bounded in number and in bytes.
 */
export class RecentPages<Page> {
  /** The oldest first. */
  readonly #pages = new Map<string, Kept<Page>>();
  #bytes = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  get(key: string): Page | null {
    const kept = this.#pages.get(key);
    if (kept === undefined || this.now() - kept.at > keptForMs) return null;
    return kept.page;
  }

  keep(key: string, page: Page, bytes: number): void {
    this.#drop(key);
    this.#pages.set(key, { page, at: this.now(), bytes });
    this.#bytes += bytes;
    for (const [oldest, { at }] of this.#pages) {
      const isTooMuch = this.#pages.size > maxPages || this.#bytes > maxBytes;
      if (!isTooMuch && this.now() - at <= keptForMs) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const kept = this.#pages.get(key);
    if (kept === undefined) return;
    this.#pages.delete(key);
    this.#bytes -= kept.bytes;
  }
}
