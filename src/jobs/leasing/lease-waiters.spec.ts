import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LeaseWaiters } from './lease-waiters.js';
import { type Granted } from './job-claimer.js';
import { type LeasedJob, type LeaseRequest, NodeLeaving } from './lease-request.js';

/** Ready jobs in a list, given out as the real granting does: each request is filled before the next. */
class Shelf {
  readonly claims: { readonly requests: number; readonly most: number }[] = [];
  #gate: Promise<void> = Promise.resolve();

  constructor(public ready: string[] = []) {}

  async grant(_filter: unknown, requests: readonly LeaseRequest[], most: number): Promise<Granted> {
    this.claims.push({ requests: requests.length, most });
    // What is ready is taken out first; the append of the leases is what takes its time.
    const taken = this.ready.splice(0, most);
    await this.#gate;
    const left = [...taken];
    return {
      leased: requests.map((request) => left.splice(0, request.most).map(leased)),
      taken: taken.length,
      pausesMs: [],
    };
  }

  /** Claims take until the answer is called. */
  hold(): () => void {
    let open: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }
}

const leased = (jobId: string): LeasedJob => ({
  leaseId: `lease of ${jobId}`,
  jobId,
  clientId: 'c1',
  attempt: 1,
  workKind: 'a.kind',
  payload: null,
  queue: 'default',
  executionTimeoutMs: 1,
  leaseExpiresAt: 1,
  traceparent: null,
  position: null,
});

const request = (changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
  filter: { clientId: 'c1', queues: null, workKinds: null },
  workerId: 'w1',
  most: 1,
  waitMs: 30_000,
  leaseMs: 1000,
  start: false,
  cause: { commandId: 'x', actor: 'worker:w1', correlationId: null, causationId: null, traceparent: null },
  signal: new AbortController().signal,
  ...changes,
});

const idsOf = (jobs: readonly LeasedJob[]): string[] => jobs.map(({ jobId }) => jobId);

let shelf: Shelf;
let waiters: LeaseWaiters;
beforeEach(() => {
  shelf = new Shelf();
  waiters = new LeaseWaiters(shelf);
});

describe('the lease waiters', () => {
  it('serves requests that arrive together with one claim, first come, first served', async () => {
    shelf.ready = ['j1', 'j2', 'j3', 'j4'];
    const answers = await Promise.all([
      waiters.request(request({ most: 2 })),
      waiters.request(request()),
      waiters.request(request()),
    ]);
    expect(answers.map(idsOf)).toEqual([['j1', 'j2'], ['j3'], ['j4']]);
    expect(shelf.claims).toEqual([{ requests: 3, most: 4 }]);
  });

  it('wakes who waits when something becomes ready', async () => {
    const waiting = waiters.request(request());
    await expect(isPending(waiting)).resolves.toBe(true);
    shelf.ready = ['j1'];
    waiters.lookAgain();
    expect(idsOf(await waiting)).toEqual(['j1']);
  });

  it('makes no claim for who waits while only jobs of other clients become ready', async () => {
    const waiting = waiters.request(request());
    await expect(isPending(waiting)).resolves.toBe(true);
    expect(shelf.claims).toHaveLength(1);
    waiters.lookAgain(new Set(['c2', 'c3']));
    await turns();
    expect(shelf.claims).toHaveLength(1);
    shelf.ready = ['j1'];
    waiters.lookAgain(new Set(['c2', 'c1']));
    expect(idsOf(await waiting)).toEqual(['j1']);
  });

  it('wakes who waits for the jobs of every client, whoever has some', async () => {
    const waiting = waiters.request(request({ filter: { clientId: null, queues: null, workKinds: null } }));
    await expect(isPending(waiting)).resolves.toBe(true);
    shelf.ready = ['j1'];
    waiters.lookAgain(new Set(['c2']));
    expect(idsOf(await waiting)).toEqual(['j1']);
  });

  it('hears of what becomes ready while a claim is being made', async () => {
    const release = shelf.hold();
    const waiting = waiters.request(request());
    await expect(isPending(waiting)).resolves.toBe(true);
    expect(shelf.claims).toHaveLength(1);
    shelf.ready = ['j1'];
    waiters.lookAgain();
    release();
    expect(idsOf(await waiting)).toEqual(['j1']);
  });

  it('does not let who does not wait go without having looked', async () => {
    shelf.ready = ['j1'];
    expect(idsOf(await waiters.request(request({ waitMs: 0 })))).toEqual(['j1']);
    expect(await waiters.request(request({ waitMs: 0 }))).toEqual([]);
  });

  it('sends who has waited long enough home empty-handed', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const waiting = waiters.request(request({ waitMs: 1000 }));
      await expect(isPending(waiting)).resolves.toBe(true);
      jest.advanceTimersByTime(1000);
      expect(await waiting).toEqual([]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('loses no job to a worker that goes away while a claim is made for it', async () => {
    const release = shelf.hold();
    const away = new AbortController();
    const waiting = waiters.request(request({ signal: away.signal }));
    shelf.ready = ['j1'];
    await turns();
    away.abort();
    release();
    // The request still gets the job, so that it can hand it back.
    expect(idsOf(await waiting)).toEqual(['j1']);
  });

  it('gives nothing to who went away before', async () => {
    const away = new AbortController();
    const [gone, stays] = [waiters.request(request({ signal: away.signal })), waiters.request(request())];
    await turns();
    away.abort();
    expect(await gone).toEqual([]);
    shelf.ready = ['j1'];
    waiters.lookAgain();
    expect(idsOf(await stays)).toEqual(['j1']);
  });

  it('tells everybody a claim was made for when it failed, and goes on', async () => {
    const failing = jest.spyOn(shelf, 'grant').mockRejectedValueOnce(new Error('the database is away'));
    await expect(waiters.request(request())).rejects.toThrow('the database is away');
    failing.mockRestore();
    shelf.ready = ['j1'];
    expect(idsOf(await waiters.request(request()))).toEqual(['j1']);
  });

  it('sends everybody home when it closes, and tells who comes later to ask elsewhere', async () => {
    const waiting = waiters.request(request());
    await turns();
    waiters.close();
    expect(await waiting).toEqual([]);
    await expect(waiters.request(request())).rejects.toThrow(NodeLeaving);
  });
});

/** Everything that can happen without time passing has happened. */
async function turns(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await turns();
  return await Promise.race([promise.then(() => false), Promise.resolve(true)]);
}
