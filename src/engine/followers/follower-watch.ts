import { type Pool } from 'pg';
import { type Position } from '../../kernel/recorded.js';
import { isLockedOut } from '../../platform/postgres/errors.js';
import { type EventStore } from '../event-store/event-store.port.js';
import { Checkpoints } from './checkpoints.js';
import { every, type Timer } from '../../platform/clock/timer.js';
import { asError } from '../../platform/async/as-error.js';

interface FollowerWatchOptions {
  /** Every follower of this release, whichever process runs it. */
  readonly names: readonly string[];
  readonly pool: Pick<Pool, 'query'>;
  readonly store: Pick<EventStore, 'head'>;
  readonly failed: (error: Error) => void;
  readonly lookMs?: number;
  readonly monotonicNow?: () => number;
}

/** How a follower stands, as far as this process saw. */
interface FollowerStand {
  /** Without a checkpoint it has never run: it may belong to a release that is only just being rolled out. */
  readonly hasBegun: boolean;
  /** For how long it has stood still, in milliseconds; 0: it gets on, or has nothing to do. */
  readonly stalledMs: number;
}

interface Stand extends FollowerStand {
  readonly position: Position | null;
  readonly isBehind: boolean;
}

/** What one look may add: a process that was frozen itself, or could not look, has not seen anything stand still. */
const maxPerLookMs = 5_000;

/**
 * Sees which followers stand still: the log has more for them, and their checkpoint does not move. It reads what they
 * write down, so it sees the same on every node, whichever runs them and whether any does.
 */
export class FollowerWatch {
  readonly #options: Required<FollowerWatchOptions>;
  readonly #stands = new Map<string, Stand>();
  #lookedAt: number | null = null;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;

  constructor(options: FollowerWatchOptions) {
    this.#options = { lookMs: 1_000, monotonicNow: () => performance.now(), ...options };
  }

  start(): void {
    this.#timer ??= every(this.#options.lookMs, () => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = null;
      });
    });
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) this.#timer.cancel();
    await this.#looking;
  }

  /** By the names of the followers; empty before the first look. */
  stands(): ReadonlyMap<string, FollowerStand> {
    return this.#stands;
  }

  /** One look at all of them; never rejects. */
  async look(): Promise<void> {
    const { names, store, failed, monotonicNow } = this.#options;
    try {
      // Before the checkpoints, so that none that keeps up is behind it.
      const head = await store.head();
      const positions = await this.#positions();
      const now = monotonicNow();
      const passedMs = this.#lookedAt === null ? 0 : Math.min(now - this.#lookedAt, maxPerLookMs);
      this.#lookedAt = now;
      for (const name of names) this.#compare(name, positions.get(name), head, passedMs);
    } catch (error) {
      failed(asError(error));
    }
  }

  async #positions(): Promise<ReadonlyMap<string, Position | null>> {
    try {
      const checkpoints = await new Checkpoints(this.#options.pool).all();
      return new Map(checkpoints.map(({ name, position }) => [name, position]));
    } catch (error) {
      // While checkpoints cannot be read they cannot be written either: they stand where they stood.
      if (this.#lookedAt === null || !isLockedOut(error)) throw error;
      this.#options.failed(asError(error));
      const begun = [...this.#stands].filter(([, { hasBegun }]) => hasBegun);
      return new Map(begun.map(([name, { position }]) => [name, position]));
    }
  }

  #compare(name: string, saved: Position | null | undefined, head: Position | null, passedMs: number): void {
    const before = this.#stands.get(name);
    const position = saved ?? null;
    const isBehind = head !== null && (position === null || position < head);
    const stood = isBehind && before?.isBehind === true && before.position === position;
    const stalledMs = stood ? before.stalledMs + passedMs : 0;
    this.#stands.set(name, { position, isBehind, hasBegun: saved !== undefined, stalledMs });
  }
}
