import type { Standing } from './stream-kind.js';

interface Entry {
  readonly standing: Standing<unknown>;
  readonly weight: number;
}

/**
 * The standings of streams this process touched last, least recently used out first. They may be behind the log: an
 * append from a stale one conflicts and is decided again from the log, so nothing is ever acknowledged from here alone.
 */
export class Standings {
  private readonly entries = new Map<string, Entry>();
  private weight = 0;

  constructor(private readonly mostWeight: number) {}

  get(stream: string): Standing<unknown> | undefined {
    const entry = this.entries.get(stream);
    if (entry === undefined) return undefined;
    // A map keeps insertion order, so putting it back makes it the youngest.
    this.entries.delete(stream);
    this.entries.set(stream, entry);
    return entry.standing;
  }

  keep(stream: string, standing: Standing<unknown>, weight: number): void {
    const before = this.entries.get(stream);
    if (before !== undefined && (before.standing.revision ?? -1) > (standing.revision ?? -1)) return;
    this.drop(stream);
    this.entries.set(stream, { standing, weight });
    this.weight += weight;
    for (const [oldest, entry] of this.entries) {
      if (this.weight <= this.mostWeight) break;
      this.entries.delete(oldest);
      this.weight -= entry.weight;
    }
  }

  drop(stream: string): void {
    const entry = this.entries.get(stream);
    if (entry === undefined) return;
    this.entries.delete(stream);
    this.weight -= entry.weight;
  }
}
