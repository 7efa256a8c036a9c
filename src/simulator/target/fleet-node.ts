import { asError } from '../../platform/async/as-error.js';
import { pause } from '../../platform/async/pause.js';
import { EndedBeforeReady, type EngineProcess } from './engine-process.js';

type NodeState = 'down' | 'up' | 'paused';

interface FleetNodeParts {
  readonly name: string;
  readonly roles: readonly string[];
  /** Starts its process and waits until it is ready; with failpoints where some are given. */
  readonly start: (failpoints: string | null) => Promise<EngineProcess>;
  /** It has ended, and had not been told to. */
  readonly endedByItself: (node: string, how: string) => void;
  /** Fires when the fleet is taken down: nothing is started any more. */
  readonly over: AbortSignal;
  /** How long it may take to come up, tries included; default: three minutes. */
  readonly maxComingUpMs?: number;
}

const startAgainAfterMs = 500;
/**
 * One that has not come up for so long, however often it was started, does not: the run goes on without it, and is judged.
 */
const maxComingUpMs = 180_000;

/** One engine of a fleet. As where a supervisor runs it, it is started again whenever it ends. */
export class FleetNode {
  #process: EngineProcess | null = null;
  #state: NodeState = 'down';
  #isArmed = false;
  #isGivenUp = false;
  /** One start or end at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: FleetNodeParts) {}

  get name(): string {
    return this.parts.name;
  }

  get roles(): readonly string[] {
    return this.parts.roles;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Null while it is down. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Whether it runs with failpoints, none of which has ended it yet. */
  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** Where it takes calls; null: nowhere now. */
  get url(): string | null {
    return this.#state === 'up' ? (this.#process?.url ?? null) : null;
  }

  /** Resolves once it is ready; throws where it ends before. Later it is started again whatever it dies of. */
  begin(): Promise<void> {
    return this.#inTurn(async () => {
      this.#run(await this.parts.start(null));
    });
  }

  /** Resolves once it is ready. It tries again and again; one that does not come up for minutes stays down. */
  up(): Promise<void> {
    return this.#inTurn(async () => {
      const endMs = performance.now() + (this.parts.maxComingUpMs ?? maxComingUpMs);
      while (this.#process === null && !this.#isOver() && !this.#isGivenUp) {
        try {
          this.#run(await this.parts.start(null));
        } catch (error) {
          if (this.#isOver()) return;
          this.parts.endedByItself(this.name, asError(error).message);
          this.#isGivenUp = performance.now() > endMs;
          if (!this.#isGivenUp) await pause(startAgainAfterMs, this.parts.over);
        }
      }
    });
  }

  /**
   * Starts it with failpoints, at which it is to end by itself: as soon as it has, it starts again without them. Of one that comes
   * to them before it is ready, or does not start for another reason, that is left to `up`.
   */
  upArmed(failpoints: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#process !== null || this.#isOver()) return;
      this.#isArmed = true;
      try {
        this.#run(await this.parts.start(failpoints));
      } catch (error) {
        this.#isArmed = false;
        // Such a one came to one of them before it was ready; whatever else it is, no failpoint did it.
        const isByFailpoint = error instanceof EndedBeforeReady && error.how === 'SIGKILL';
        if (!isByFailpoint && !this.#isOver()) this.parts.endedByItself(this.name, asError(error).message);
      }
    });
  }

  /** Ends it with SIGKILL. */
  kill(): Promise<void> {
    return this.#ending(async (running) => {
      running.kill('SIGKILL');
      await running.ended;
    });
  }

  /** Ends it as an operator would. */
  stop(): Promise<void> {
    return this.#ending((running) => running.stop());
  }

  /** Stops it where it stands. */
  freeze(): void {
    if (this.#state !== 'up') return;
    this.#process?.kill('SIGSTOP');
    this.#state = 'paused';
  }

  thaw(): void {
    if (this.#state !== 'paused') return;
    this.#process?.kill('SIGCONT');
    this.#state = 'up';
  }

  #isOver(): boolean {
    return this.parts.over.aborted;
  }

  #run(running: EngineProcess): void {
    this.#process = running;
    this.#state = 'up';
    void running.ended.then((how) => {
      // Otherwise it was told to.
      if (this.#process !== running) return;
      this.#process = null;
      this.#state = 'down';
      if (!this.#isArmed) this.parts.endedByItself(this.name, String(how));
      this.#isArmed = false;
      void this.up();
    });
  }

  #ending(end: (running: EngineProcess) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      this.thaw();
      const running = this.#process;
      this.#process = null;
      this.#isArmed = false;
      this.#state = 'down';
      if (running !== null) await end(running);
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    await turn;
  }
}
