import { type JobClaimer } from './job-claimer.js';
import { type LeasedJob, type LeaseRequest, NodeLeaving, TooManyWaiting } from './lease-request.js';
import { type LeaseFilter } from '../../dispatch/lease-filter.js';
import { LoopTurns } from '../../platform/async/loop-turns.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';
import { type PlaceLimits, RevocablePlaces } from '../../platform/async/revocable-places.js';
import { after, type Timer } from '../../platform/clock/timer.js';
import { asError } from '../../platform/async/as-error.js';

interface Waiting {
  readonly request: LeaseRequest;
  readonly answer: (jobs: readonly LeasedJob[]) => void;
  readonly fail: (error: unknown) => void;
  /** Answered. */
  isOver: boolean;
  /** Its time is up or its worker went away; it is answered as soon as no claim is being made for it. */
  isLeaving: boolean;
  /** A claim is being made for it, or has still to be made for the first time: what it takes must not be lost. */
  isBeingServed: boolean;
  /** The generation of its last claim. */
  seenGeneration: number;
}

/** Requests with the same filter, in the order they came. */
interface WaitGroup {
  readonly filter: LeaseFilter;
  waiting: Waiting[];
  /** Counts the reasons to look again: a claim made before the last of them is made again. */
  generation: number;
  claims: number;
  isScheduled: boolean;
}

/** While one claim waits for its append, the next can be made; a third would only wait for the database. */
const maxClaims = 2;
const maxPerClaim = 1000;

/** Waits of hundreds of workers may end together, and each answer takes the one thread that all clients share. */
const endedPerTurn = 4;

const defaultLimits: PlaceLimits = { max: 10_000, maxPerClient: 2_500 };
/** Each is at most a few seconds ahead, and every wake looks at all groups. */
const maxTimers = 1_000;

/**
 * Where workers wait for work. Requests that could be served by the same jobs share claims, so a hundred workers that
 * ask for one job each cost one claim and one append. Nothing polls: the dispatch model's progress wakes the groups.
 */
export class LeaseWaiters {
  readonly #groups = new Map<string, WaitGroup>();
  /** A worker that gets an empty answer for another client's sake asks again, as it does after every wait. */
  readonly #places: RevocablePlaces<string | null, Waiting>;
  readonly #lookTimers = new Set<Timer>();
  readonly #turns: LoopTurns;
  #closed = false;

  constructor(
    private readonly claimer: Pick<JobClaimer, 'grant'>,
    limits: PlaceLimits = defaultLimits,
    loop: SharedLoop | null = null,
  ) {
    this.#turns = new LoopTurns(endedPerTurn, loop);
    this.#places = new RevocablePlaces(limits, (waiting) => {
      if (waiting.isBeingServed) return false;
      waiting.answer([]);
      return true;
    });
  }

  /** The jobs leased to this request; empty when nothing became ready in time. */
  request(request: LeaseRequest): Promise<readonly LeasedJob[]> {
    if (this.#closed) return Promise.reject(new NodeLeaving());
    const { clientId } = request.filter;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        if (waiting.isOver) return;
        waiting.isOver = true;
        this.#places.giveBack(clientId, waiting);
        timer.cancel();
        request.signal.removeEventListener('abort', giveUp);
        end();
      };
      const waiting: Waiting = {
        request,
        isOver: false,
        isLeaving: request.waitMs === 0,
        isBeingServed: true,
        seenGeneration: -1,
        answer: (jobs) => {
          settle(() => {
            resolve(jobs);
          });
        },
        fail: (error) => {
          settle(() => {
            reject(asError(error));
          });
        },
      };
      const giveUp = () => {
        waiting.isLeaving = true;
        if (!waiting.isBeingServed) waiting.answer([]);
      };
      const timer = after(request.waitMs, () => {
        const turn = this.#turns.enter(clientId ?? '');
        if (turn === null) giveUp();
        else void turn.then(giveUp);
      });
      request.signal.addEventListener('abort', giveUp);
      // The built-in worker is this process's own, and one.
      if (clientId === null) this.#places.take(clientId, waiting);
      else if (!this.#places.tryTake(clientId, waiting)) {
        waiting.fail(new TooManyWaiting());
        return;
      }
      this.#enter(waiting);
    });
  }

  /**
   * Claims again, whenever the dispatch model moved on: for the jobs of these clients, or of any. For workers of other
   * clients no claim is made, or every job would cost a claim for each request that waits at this node.
   */
  lookAgain(clients?: ReadonlySet<string>): void {
    for (const [key, group] of this.#groups) {
      group.waiting = group.waiting.filter(({ isOver }) => !isOver);
      const { clientId } = group.filter;
      const isMeant = clients === undefined || clientId === null || clients.has(clientId);
      if (isMeant) group.generation += 1;
      if (group.waiting.length === 0 && group.claims === 0) this.#groups.delete(key);
      else if (isMeant) this.#schedule(group);
    }
  }

  /** Called when a slot has become free that clients share: those that had their share may get more. */
  lookAgainForShared(): void {
    for (const group of this.#groups.values()) {
      if (group.filter.slots === undefined) continue;
      group.generation += 1;
      this.#schedule(group);
    }
  }

  /** Looks again after a while, when what was put back can be had. */
  lookAgainIn(ms: number): void {
    if (this.#closed || this.#lookTimers.size >= maxTimers) return;
    const lookTimer = after(ms, () => {
      this.#lookTimers.delete(lookTimer);
      this.lookAgain();
    });
    this.#lookTimers.add(lookTimer);
  }

  /** Sends every waiting worker home empty-handed, and refuses every later one, which would ask again at once otherwise. */
  close(): void {
    this.#closed = true;
    for (const lookTimer of this.#lookTimers) lookTimer.cancel();
    this.#lookTimers.clear();
    for (const group of this.#groups.values())
      for (const each of group.waiting) {
        each.isLeaving = true;
        if (!each.isBeingServed) each.answer([]);
      }
  }

  #enter(waiting: Waiting): void {
    const { filter } = waiting.request;
    const key = JSON.stringify([filter.clientId, filter.queues, filter.workKinds]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { filter, waiting: [], generation: 0, claims: 0, isScheduled: false };
      this.#groups.set(key, group);
    }
    group.waiting.push(waiting);
    this.#schedule(group);
  }

  /** Requests that arrive in the same turn of the event loop share a claim. */
  #schedule(group: WaitGroup): void {
    if (group.isScheduled) return;
    group.isScheduled = true;
    setImmediate(() => {
      group.isScheduled = false;
      this.#serve(group);
    });
  }

  #serve(group: WaitGroup): void {
    // No claim is made for a worker that has gone.
    for (const each of group.waiting) if (each.seenGeneration < 0 && each.request.signal.aborted) each.answer([]);
    group.waiting = group.waiting.filter(({ isOver }) => !isOver);
    // Who may have how much of shared slots is known when the claim before has given out its jobs.
    const maxAtOnce = group.filter.slots === undefined ? maxClaims : 1;
    while (group.claims < maxAtOnce) {
      const served = nextOf(group);
      if (served.length === 0) return;
      group.claims += 1;
      void this.#claimFor(group, served).finally(() => {
        group.claims -= 1;
        this.#schedule(group);
      });
    }
  }

  async #claimFor(group: WaitGroup, served: readonly Waiting[]): Promise<void> {
    const requests = served.map(({ request }) => request);
    const most = Math.min(group.filter.slots?.maxPerClaim ?? maxPerClaim, sumOf(requests));
    for (const each of served) {
      each.isBeingServed = true;
      each.seenGeneration = group.generation;
    }
    try {
      const { leased, taken, pausesMs } = await this.claimer.grant(group.filter, requests, most);
      for (const pauseMs of pausesMs) this.lookAgainIn(pauseMs);
      // Where a claim came back full there may be more.
      if (taken === most) group.generation += 1;
      for (const [index, each] of served.entries()) {
        const jobs = leased[index] ?? [];
        each.isBeingServed = false;
        if (jobs.length > 0 || each.isLeaving) each.answer(jobs);
      }
    } catch (error) {
      for (const each of served) each.fail(error);
    }
  }
}

/** The first requests that no claim was made for in this generation, as many as fill a claim. */
function nextOf(group: WaitGroup): readonly Waiting[] {
  const next: Waiting[] = [];
  let wanted = 0;
  for (const each of group.waiting) {
    if (each.isOver || each.seenGeneration >= group.generation || (each.isBeingServed && each.seenGeneration >= 0))
      continue;
    if (next.length > 0 && wanted + each.request.most > maxPerClaim) break;
    next.push(each);
    wanted += each.request.most;
  }
  return next;
}

const sumOf = (requests: readonly LeaseRequest[]): number => requests.reduce((sum, { most }) => sum + most, 0);
