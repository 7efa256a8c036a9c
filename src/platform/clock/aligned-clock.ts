import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { Clock } from './clock.js';
import { every, type Timer } from './timer.js';

/** Where time is read from; tests bring their own. */
interface TimeSources {
  /** Milliseconds that only ever rise. */
  monotonic(): number;
  /** This machine's wall clock, which may jump. */
  wall(): number;
}

interface AlignedClockOptions {
  /** The wall clock was set by this much; the aligned time does not follow, it asks the database again. */
  readonly onJump: (jumpMs: number) => void;
  /** The database's clock was set by this much: what is due follows at once, the order of events never goes back. */
  readonly onStep: (stepMs: number) => void;
  /** The database could not be asked, or can again (null). Until then the clock goes on with what it knew. */
  readonly onTrouble: (error: unknown) => void;
  readonly sources?: TimeSources;
  readonly alignEveryMs?: number;
}

interface Sample {
  readonly offset: number;
  /** How far it may be out at most. */
  readonly error: number;
}

const ownSources: TimeSources = { monotonic: () => performance.now(), wall: () => Date.now() };
const samples = 4;
/** A sample this good needs no others beside it. */
const tightMs = 5;
const stepMs = 200;
const jumpMs = 1_000;
/** A correction backwards is spread out, because time must not go back; one forwards is made at once. */
const slewRate = 0.1;
/** From here on, time goes at half speed until the database has caught up. */
const slowFromMs = 1_000;
const slowRate = 0.5;

/**
 * The database's time, on a monotonic clock: every node has the same, and no hand on a wall clock moves it. Before
 * `start` it is this machine's own time. Of its two readings `due` is where the database's clock was when it was last
 * asked, and `now` is brought there without ever going back. So `now` is never behind `due`: what happens because its
 * instant has come is not stamped as if it were early.
 */
export class AlignedClock extends Clock {
  readonly #sources: TimeSources;
  #target: number;
  /** How far the target may be out. */
  #error = 0;
  /** How far the time given out is ahead of the target, as of `since`; it shrinks at `rate`. */
  #gap = 0;
  #rate = slewRate;
  #since: number;
  #wallLead: number;
  #timer: Timer | null = null;
  #asking: Promise<void> = Promise.resolve();
  #isAsking = false;
  #isTroubled = false;
  #alignedAt: number | null = null;

  constructor(private readonly options: AlignedClockOptions) {
    super();
    this.#sources = options.sources ?? ownSources;
    this.#since = this.#sources.monotonic();
    this.#wallLead = this.#sources.wall() - this.#since;
    this.#target = this.#wallLead;
  }

  now(): Instant {
    const at = this.#sources.monotonic();
    return Math.floor(at + this.#offsetAt(at));
  }

  override due(): Instant {
    return Math.floor(this.#sources.monotonic() + this.#target);
  }

  /** How far this machine's wall clock is ahead of the time that decides. */
  skewMs(): number {
    return this.#sources.wall() - this.due();
  }

  /** How long the last answer of the database is ago; null before the first. */
  alignedAgoMs(): number | null {
    return this.#alignedAt === null ? null : this.#sources.monotonic() - this.#alignedAt;
  }

  /** Asks the database once before it returns, and then every second. */
  async start(pool: Pick<Pool, 'query'>): Promise<void> {
    const { offset, error } = await this.#measure(pool);
    this.#since = this.#sources.monotonic();
    this.#alignedAt = this.#since;
    this.#target = offset;
    this.#error = error;
    this.#gap = 0;
    const { alignEveryMs = 1_000 } = this.options;
    this.#timer = every(alignEveryMs, () => {
      this.watchWall();
      if (!this.#isAsking) this.#asking = this.align(pool);
    }).unref();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) this.#timer.cancel();
    this.#timer = null;
    await this.#asking;
  }

  /** One round of asking; never rejects. */
  async align(pool: Pick<Pool, 'query'>): Promise<void> {
    this.#isAsking = true;
    try {
      this.#moveTo(await this.#measure(pool));
      if (this.#isTroubled) this.options.onTrouble(null);
      this.#isTroubled = false;
    } catch (error) {
      if (!this.#isTroubled) this.options.onTrouble(error);
      this.#isTroubled = true;
    } finally {
      this.#isAsking = false;
    }
  }

  /** Whether the wall clock went another way than time since the last look. */
  watchWall(): boolean {
    const lead = this.#sources.wall() - this.#sources.monotonic();
    const jump = lead - this.#wallLead;
    this.#wallLead = lead;
    if (Math.abs(jump) <= jumpMs) return false;
    this.options.onJump(Math.round(jump));
    return true;
  }

  #offsetAt(at: number): number {
    return this.#target + Math.max(0, this.#gap - this.#rate * (at - this.#since));
  }

  #moveTo({ offset, error }: Sample): void {
    const at = this.#sources.monotonic();
    this.#alignedAt = at;
    const moved = offset - this.#target;
    // A slow answer that does not contradict what is known would only make it worse.
    if (error > tightMs && Math.abs(moved) <= error) return;
    if (Math.abs(moved) - error - this.#error > stepMs) this.options.onStep(Math.round(moved));
    this.#error = error;
    this.#gap = Math.max(0, this.#offsetAt(at) - offset);
    this.#target = offset;
    this.#since = at;
    this.#rate = this.#gap > slowFromMs ? slowRate : slewRate;
  }

  /** The tightest of a few: half its round trip bounds its error. */
  async #measure(pool: Pick<Pool, 'query'>): Promise<Sample> {
    let best: Sample = { offset: 0, error: Infinity };
    for (let asked = 0; asked < samples && best.error > tightMs; asked += 1) {
      const sent = this.#sources.monotonic();
      const { rows } = await pool.query<{ ms: number }>({
        name: 'clock',
        text: 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
      });
      const error = (this.#sources.monotonic() - sent) / 2;
      const ms = rows[0]?.ms;
      if (ms === undefined) throw new Error('Postgres did not tell the time');
      if (error < best.error) best = { offset: ms - sent - error, error };
    }
    return best;
  }
}
