import type { LeaseGranting } from './lease-granting.js';
import { type LeasedJob, type LeaseRequest, TooManyWaiting } from './lease-request.js';
import type { LeaseFilter } from './ready-jobs.js';

interface Waiting {
  readonly request: LeaseRequest;
  readonly answer: (jobs: readonly LeasedJob[]) => void;
  readonly fail: (error: unknown) => void;
  /** Answered. */
  isOver: boolean;
  /** Its time is up or its worker went away; it is answered as soon as no claim is being made for it. */
  isLeaving: boolean;
  /** A claim is being made for it: what it takes must not be lost. */
  isBeingServed: boolean;
}

/** Requests with the same filter, in the order they came. */
interface Line {
  readonly filter: LeaseFilter;
  waiting: Waiting[];
  serving: boolean;
  again: boolean;
}

const mostPerClaim = 500;
const mostWaiting = 10_000;

/**
 * Where workers wait for work. Requests that could be served by the same jobs share claims, so a hundred workers that
 * ask for one job each cost one claim and one append. Nothing polls: the dispatch model's progress wakes the lines.
 */
export class LeaseDesk {
  private readonly lines = new Map<string, Line>();
  private count = 0;
  private closed = false;

  constructor(private readonly granting: Pick<LeaseGranting, 'grant'>) {}

  /** The jobs leased to this request; empty when nothing became ready in time. */
  request(request: LeaseRequest): Promise<readonly LeasedJob[]> {
    if (this.closed) return Promise.resolve([]);
    if (this.count >= mostWaiting) return Promise.reject(new TooManyWaiting());
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        if (waiting.isOver) return;
        waiting.isOver = true;
        this.count -= 1;
        clearTimeout(timer);
        request.signal.removeEventListener('abort', giveUp);
        end();
      };
      const waiting: Waiting = {
        request,
        isOver: false,
        isLeaving: request.waitMs === 0,
        isBeingServed: true,
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
      const timer = setTimeout(giveUp, request.waitMs);
      request.signal.addEventListener('abort', giveUp);
      this.count += 1;
      this.enter(waiting);
    });
  }

  /** Called whenever the dispatch model moved on. */
  wake(): void {
    for (const [key, line] of this.lines) {
      line.waiting = line.waiting.filter(({ isOver }) => !isOver);
      if (line.waiting.length > 0) this.serve(line);
      else if (!line.serving) this.lines.delete(key);
    }
  }

  /** Sends every waiting worker home empty-handed, and every later one. */
  close(): void {
    this.closed = true;
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
      line = { filter, waiting: [], serving: false, again: false };
      this.lines.set(key, line);
    }
    line.waiting.push(waiting);
    this.serve(line);
  }

  private serve(line: Line): void {
    if (line.serving) {
      line.again = true;
      return;
    }
    line.serving = true;
    void this.serveAll(line).finally(() => {
      line.serving = false;
      if (line.again) this.serve(line);
    });
  }

  private async serveAll(line: Line): Promise<void> {
    // Requests that arrived in the same turn of the event loop share the claim.
    await new Promise((resolve) => setImmediate(resolve));
    let more = true;
    while (more) {
      line.again = false;
      line.waiting = line.waiting.filter(({ isOver }) => !isOver);
      const served = line.waiting;
      if (served.length === 0) return;
      const most = Math.min(
        mostPerClaim,
        served.reduce((sum, { request }) => sum + request.most, 0),
      );
      more = await this.serveOnce(line.filter, served, most);
    }
  }

  /** Whether it is worth asking again at once. */
  private async serveOnce(filter: LeaseFilter, served: readonly Waiting[], most: number): Promise<boolean> {
    for (const each of served) each.isBeingServed = true;
    try {
      const { leased, taken } = await this.granting.grant(
        filter,
        served.map(({ request }) => request),
        most,
      );
      for (const [index, each] of served.entries()) {
        const jobs = leased[index] ?? [];
        each.isBeingServed = false;
        if (jobs.length > 0 || each.isLeaving) each.answer(jobs);
      }
      return taken === most;
    } catch (error) {
      for (const each of served) each.fail(error);
      return false;
    }
  }
}
