import { type ClientConfig } from 'pg';
import { type Position } from '../../kernel/recorded.js';
import { Checkpoints } from './checkpoints.js';
import { type Follower, type ParkedStream, silentReports, type Steps } from './follower.js';
import { FollowerLoop, type FollowerState, refuseAhead } from './follower-loop.js';
import { type FollowerCounters, type FollowerDependencies } from './follower-term.js';
import { Leadership } from './leadership.js';
import { ParkedStreams } from './parked-streams.js';
import { every, type Timer } from '../../platform/clock/timer.js';
import { asError } from '../../platform/async/as-error.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

export interface FollowersOptions extends Omit<FollowerDependencies, 'reports' | 'steps'> {
  /** For the one connection on which this process is elected. */
  readonly session: ClientConfig;
  /** Whether this process fires timers, too. */
  readonly firesTimers?: boolean;
  /** Shared with others, or put in their place by tests; made from `session` otherwise. */
  readonly leadership?: Leadership;
  readonly reports?: FollowerDependencies['reports'];
  readonly steps?: Steps;
  readonly standbyMs?: number;
  readonly silentMs?: number;
  readonly tickMs?: number;
}

/** How a follower stands, wherever it runs. Positions are opaque: how many events lie between two is not known. */
export interface FollowerStatus {
  readonly name: string;
  readonly state: FollowerState;
  readonly position: Position | null;
  readonly head: Position | null;
  readonly behind: boolean;
  readonly parked: number;
  readonly eventsApplied: bigint;
  readonly lastError: string | null;
  readonly counters: Readonly<FollowerCounters>;
}

export interface RefusedFollower {
  readonly name: string;
  readonly reason: string;
}

/** All followers of a process: one election connection, one heartbeat, one place to ask how they are. */
export class Followers {
  readonly #leadership: Leadership;
  readonly #loops: readonly FollowerLoop[];
  readonly #parked: ParkedStreams;
  readonly #checkpoints: Checkpoints;
  readonly #dependencies: FollowerDependencies;
  readonly #tickMs: number;
  #heartbeat: Timer | null = null;
  #ticking: Promise<void> | null = null;

  constructor(followers: readonly Follower[], options: FollowersOptions) {
    const { session, firesTimers = false, standbyMs = 1_000, silentMs = 5_000, tickMs = 1_000 } = options;
    this.#dependencies = { reports: silentReports, steps: failpoint, ...options };
    this.#tickMs = tickMs;
    this.#leadership =
      options.leadership ??
      new Leadership(session, {
        pollMs: standbyMs,
        firesTimers,
        failed: (error) => {
          this.#dependencies.reports.failed('election', error);
        },
      });
    this.#loops = followers.map(
      (follower) => new FollowerLoop(follower, this.#dependencies, this.#leadership, { silentMs, standbyMs }),
    );
    this.#parked = new ParkedStreams(options.pool);
    this.#checkpoints = new Checkpoints(options.pool);
  }

  /** Throws `CheckpointAhead` when a checkpoint does not belong to this log. */
  async start(): Promise<void> {
    const names = new Set(this.#loops.map(({ follower }) => follower.name));
    for (const checkpoint of await this.#checkpoints.all()) {
      if (names.has(checkpoint.name)) await refuseAhead(checkpoint, () => this.#dependencies.store.end());
    }
    this.#leadership.start();
    for (const loop of this.#loops) loop.start();
    this.#heartbeat ??= every(this.#tickMs, () => {
      this.#ticking ??= this.#tick().finally(() => {
        this.#ticking = null;
      });
    });
  }

  /** Writes at once what a follower has gathered, because a caller waits for it. */
  flushNow(name: string): void {
    for (const loop of this.#loops) if (loop.follower.name === name) loop.flushNow();
  }

  /** The same where the caller waits in another process. */
  flushForOthers(name: string): void {
    for (const loop of this.#loops) if (loop.follower.name === name) loop.flushForOthers();
  }

  /** Every follower finishes the batch at hand, saves its position and ends its term. */
  async stop(): Promise<void> {
    if (this.#heartbeat !== null) this.#heartbeat.cancel();
    await this.#ticking;
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await this.#leadership.stop();
  }

  /** Those that must not run here, and why; no store is asked. */
  refused(): readonly RefusedFollower[] {
    return this.#loops
      .filter(({ state }) => state === 'refused')
      .map(({ follower: { name }, lastError }) => ({ name, reason: lastError?.message ?? 'unknown' }));
  }

  async status(): Promise<readonly FollowerStatus[]> {
    const checkpoints = new Map((await this.#checkpoints.all()).map((one) => [one.name, one]));
    const head = await this.#dependencies.store.head();
    const parked = await this.#parked.all();
    return this.#loops.map((loop) => {
      const { name } = loop.follower;
      const saved = checkpoints.get(name);
      const position = loop.position ?? saved?.position ?? null;
      const behind = head !== null && (position === null || head > position);
      return {
        name,
        state: loop.state,
        position,
        head,
        behind,
        parked: parked.filter(({ follower }) => follower === name).length,
        eventsApplied: saved?.eventsApplied ?? 0n,
        lastError: loop.lastError?.message ?? null,
        counters: loop.counters,
      };
    });
  }

  /** Every stream that waits, for health and for operators. */
  async parked(): Promise<readonly ParkedStream[]> {
    return this.#parked.all();
  }

  async #tick(): Promise<void> {
    try {
      const head = await this.#dependencies.store.head();
      for (const loop of this.#loops) loop.tick(head);
    } catch (error) {
      this.#dependencies.reports.failed('watchdog', asError(error));
      // The store may be away, but what lies in Postgres still wants looking after.
      for (const loop of this.#loops) loop.tick(null);
    }
  }
}
