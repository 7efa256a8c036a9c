import type { LeaseGranting } from './lease-granting.js';
import { type LeasedJob, type LeaseRequest, NodeLeaving, TooManyWaiting } from './lease-request.js';
import type { LeaseFilter } from './ready-jobs.js';
import { type PlaceLimits, RevocablePlaces } from '../../platform/async/revocable-places.js';
import { after, type Timer } from '../../platform/clock/timer.js';

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
  /** The news it has been asked for last. */
  asked: number;
}

/** Requests with the same filter, in the order they came. */
interface Line {
  readonly filter: LeaseFilter;
  waiting: Waiting[];
  /** Counts the reasons to look again: whoever was asked for before the last of them is asked for again. */
  news: number;
  claims: number;
  isScheduled: boolean;
}

/** While one claim waits for its append, the next can be made; a third would only wait for the database. */
const mostClaims = 2;
const mostPerClaim = 1000;

const defaultLimits: PlaceLimits = { max: 10_000, maxPerClient: 2_500 };
/** Each is at most a few seconds ahead, and every wake looks at all lines. */
const mostAlarms = 1_000;

/**
 * Where workers wait for work. Requests that could be served by the same jobs share claims, so a hundred workers that
 * ask for one job each cost one claim and one append. Nothing polls: the dispatch model's progress wakes the lines.
 */
export class LeaseDesk {
  private readonly lines = new Map<string, Line>();
  /** A worker that gets an empty answer for another client's sake asks again, as it does after every wait. */
  private readonly places: RevocablePlaces<string | null, Waiting>;
  private readonly alarms = new Set<Timer>();
  private closed = false;

  constructor(
    private readonly granting: Pick<LeaseGranting, 'grant'>,
    limits: PlaceLimits = defaultLimits,
  ) {
    this.places = new RevocablePlaces(limits, (waiting) => {
      if (waiting.isBeingServed) return false;
      waiting.answer([]);
      return true;
    });
  }

  /** The jobs leased to this request; empty when nothing became ready in time. */
  request(request: LeaseRequest): Promise<readonly LeasedJob[]> {
    if (this.closed) return Promise.reject(new NodeLeaving());
    const { clientId } = request.filter;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        if (waiting.isOver) return;
        waiting.isOver = true;
        this.places.giveBack(clientId, waiting);
        timer.cancel();
        request.signal.removeEventListener('abort', giveUp);
        end();
      };
      const waiting: Waiting = {
        request,
        isOver: false,
        isLeaving: request.waitMs === 0,
        isBeingServed: true,
        asked: -1,
        answer: (jobs) => {
          settle(() => {
            resolve(jobs);
          });
        },
        fail: (error) => {
          settle(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        },
      };
      const giveUp = () => {
        waiting.isLeaving = true;
        if (!waiting.isBeingServed) waiting.answer([]);
      };
      const timer = after(request.waitMs, giveUp);
      request.signal.addEventListener('abort', giveUp);
      // The built-in worker is this process's own, and one.
      if (clientId === null) this.places.take(clientId, waiting);
      else if (!this.places.tryTake(clientId, waiting)) {
        waiting.fail(new TooManyWaiting());
        return;
      }
      this.enter(waiting);
    });
  }

  /**
   * Called whenever the dispatch model moved on: for the jobs of these clients, or of any. Whoever waits for those of others
   * is not looked for again, or every job would cost a claim for each request that waits at this node.
   */
  wake(clients?: ReadonlySet<string>): void {
    for (const [key, line] of this.lines) {
      line.waiting = line.waiting.filter(({ isOver }) => !isOver);
      const { clientId } = line.filter;
      const isMeant = clients === undefined || clientId === null || clients.has(clientId);
      if (isMeant) line.news += 1;
      if (line.waiting.length === 0 && line.claims === 0) this.lines.delete(key);
      else if (isMeant) this.schedule(line);
    }
  }

  /** Called when a slot has become free that clients share: those that had their share may get more. */
  wakeShared(): void {
    for (const line of this.lines.values()) {
      if (line.filter.slots === undefined) continue;
      line.news += 1;
      this.schedule(line);
    }
  }

  /** Looks again after a while, when what was put back can be had. */
  wakeIn(ms: number): void {
    if (this.closed || this.alarms.size >= mostAlarms) return;
    const alarm = after(ms, () => {
      this.alarms.delete(alarm);
      this.wake();
    });
    this.alarms.add(alarm);
  }

  /** Sends every waiting worker home empty-handed, and refuses every later one, which would ask again at once otherwise. */
  close(): void {
    this.closed = true;
    for (const alarm of this.alarms) alarm.cancel();
    this.alarms.clear();
    for (const line of this.lines.values())
      for (const each of line.waiting) {
        each.isLeaving = true;
        if (!each.isBeingServed) each.answer([]);
      }
  }

  private enter(waiting: Waiting): void {
    const { filter } = waiting.request;
    const key = JSON.stringify([filter.clientId, filter.queues, filter.workKinds]);
    let line = this.lines.get(key);
    if (line === undefined) {
      line = { filter, waiting: [], news: 0, claims: 0, isScheduled: false };
      this.lines.set(key, line);
    }
    line.waiting.push(waiting);
    this.schedule(line);
  }

  /** Requests that arrive in the same turn of the event loop share a claim. */
  private schedule(line: Line): void {
    if (line.isScheduled) return;
    line.isScheduled = true;
    setImmediate(() => {
      line.isScheduled = false;
      this.serve(line);
    });
  }

  private serve(line: Line): void {
    // No claim is made for a worker that has gone.
    for (const each of line.waiting) if (each.asked < 0 && each.request.signal.aborted) each.answer([]);
    line.waiting = line.waiting.filter(({ isOver }) => !isOver);
    // Who may have how much of shared slots is known when the claim before has given out its jobs.
    const mostAtOnce = line.filter.slots === undefined ? mostClaims : 1;
    while (line.claims < mostAtOnce) {
      const served = nextOf(line);
      if (served.length === 0) return;
      line.claims += 1;
      void this.claimFor(line, served).finally(() => {
        line.claims -= 1;
        this.schedule(line);
      });
    }
  }

  private async claimFor(line: Line, served: readonly Waiting[]): Promise<void> {
    const requests = served.map(({ request }) => request);
    const most = Math.min(line.filter.slots?.mostPerClaim ?? mostPerClaim, sumOf(requests));
    for (const each of served) {
      each.isBeingServed = true;
      each.asked = line.news;
    }
    try {
      const { leased, taken, pausesMs } = await this.granting.grant(line.filter, requests, most);
      for (const pauseMs of pausesMs) this.wakeIn(pauseMs);
      // Where a claim came back full there may be more.
      if (taken === most) line.news += 1;
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

/** The first who have not been asked for since the last news, as many as fill a claim. */
function nextOf(line: Line): readonly Waiting[] {
  const next: Waiting[] = [];
  let wanted = 0;
  for (const each of line.waiting) {
    if (each.isOver || each.asked >= line.news || (each.isBeingServed && each.asked >= 0)) continue;
    if (next.length > 0 && wanted + each.request.most > mostPerClaim) break;
    next.push(each);
    wanted += each.request.most;
  }
  return next;
}

const sumOf = (requests: readonly LeaseRequest[]): number => requests.reduce((sum, { most }) => sum + most, 0);
