import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type pg from 'pg';
import { definition } from '../../../test/support/job-events.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { type QueueSlots } from '../../dispatch/queue-slots.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Append, type AppendOutcome } from '../../engine/event-store/event-store.port.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { SubmitJob } from '../domain/job.commands.js';
import { jobStream } from '../domain/job.stream.js';
import { JobClaimer } from './job-claimer.js';
import { type LeaseRequest } from './lease-request.js';
import { type Leases } from './leases.js';
import { type UndeliveredLease, type UndeliveredLeases } from './undelivered-leases.js';

const cause = { commandId: 'c', actor: 'key:k', correlationId: null, causationId: null, traceparent: null };
const filter = { clientId: 'c1', queues: null, workKinds: null };

/** A log whose every append takes so long. */
class SlowEventStore extends MemoryEventStore {
  appendMs = 0;

  override async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    const outcomes = await super.appendMany(appends);
    if (this.appendMs > 0) await new Promise((resolve) => setTimeout(resolve, this.appendMs));
    return outcomes;
  }
}

/** A connection that a transaction is open on: what is asked there, and how long it was silent at most. */
class Connection extends EventEmitter {
  readonly asked: string[] = [];
  maxSilenceMs = 0;
  lost: Error | null = null;
  #heardAt = performance.now();

  constructor(private readonly ready: readonly string[]) {
    super();
  }

  query(
    statement: string | { readonly name: string; readonly values: readonly unknown[] },
  ): Promise<{ rows: unknown[] }> {
    this.maxSilenceMs = Math.max(this.maxSilenceMs, performance.now() - this.#heardAt);
    this.#heardAt = performance.now();
    if (this.lost !== null) return Promise.reject(this.lost);
    const name = typeof statement === 'string' ? statement : statement.name;
    this.asked.push(name);
    const isTaken = this.asked.length === 2;
    const row = (id: string, place: number): unknown[] => [id, 'c1', 'default', 'email.send', 5, String(place), 1];
    return Promise.resolve({ rows: isTaken ? this.ready.map(row) : [] });
  }

  release(): void {
    this.emit('release');
  }
}

const jobIds = Array.from({ length: 500 }, (_, n) => `j${n}`);
let store: SlowEventStore;
let connection: Connection;
let takenBack: UndeliveredLease[];
let claimer: JobClaimer;
beforeEach(async () => {
  store = new SlowEventStore();
  takenBack = [];
  const clock = new StillClock(10_000);
  const streams = new Streams(store, clock, { cachedCharacters: 10_000_000 });
  for (const jobId of jobIds)
    await streams.decideOn(
      jobStream,
      jobId,
      new SubmitJob(jobId, 'c1', definition, null, 'f').because({ ...cause, commandId: jobId }),
    );
  jest.useFakeTimers();
  connection = new Connection(jobIds);
  claimer = new JobClaimer({
    pool: { options: { max: 1 }, connect: () => Promise.resolve(connection) } as unknown as pg.Pool,
    streams,
    leases: {
      record: async (client: pg.ClientBase) => {
        await client.query('record-leases');
      },
    } as unknown as Leases,
    ids: new RandomIds(),
    clock,
    slots: { grantId: () => null } as unknown as QueueSlots,
    undelivered: {
      takeBack: (leases: readonly UndeliveredLease[]) => {
        takenBack.push(...leases);
      },
    } as unknown as UndeliveredLeases,
    reception: { id: 'n1' },
  });
});
afterEach(() => {
  jest.useRealTimers();
});

const request: LeaseRequest = {
  filter,
  workerId: 'w1',
  most: jobIds.length,
  waitMs: 0,
  leaseMs: 30_000,
  start: true,
  cause,
  signal: new AbortController().signal,
};

/** How many jobs have a lease in the log. */
const leasedInLog = async (): Promise<number> => {
  const read = await store.readStreams(jobIds.map((jobId) => `job-${jobId}`));
  return read.filter(({ events }) => events.some(({ event }) => event.type === 'JobAssigned')).length;
};

describe('a claim', () => {
  it('gives a request all that is ready for it', async () => {
    const { leased, taken } = await claimer.grant(filter, [request], jobIds.length);
    expect(leased[0]?.map(({ jobId }) => jobId)).toEqual(jobIds);
    expect(taken).toBe(jobIds.length);
    expect(connection.asked).not.toContain('put-ready-jobs-back');
  });

  it('leaves jobs ready where leasing takes long, and answers with those that it has', async () => {
    store.appendMs = 2_000;
    const claim = claimer.grant(filter, [request], jobIds.length);
    await jest.advanceTimersByTimeAsync(60_000);
    const { leased, taken, pausesMs } = await claim;
    expect(leased[0]?.map(({ jobId }) => jobId)).toEqual(jobIds.slice(0, 200));
    expect(await leasedInLog()).toBe(200);
    expect({ taken, pausesMs, takenBack }).toEqual({ taken: jobIds.length, pausesMs: [0], takenBack: [] });
    expect(connection.asked).toEqual(expect.arrayContaining(['put-ready-jobs-back', 'record-leases', 'commit']));
  });

  it('leases some jobs however long the log takes for them, and says meanwhile that it lives', async () => {
    store.appendMs = 11_000;
    const claim = claimer.grant(filter, [request], jobIds.length);
    await jest.advanceTimersByTimeAsync(60_000);
    expect((await claim).leased[0]).toHaveLength(100);
    // Postgres ends a transaction that is silent for seven seconds.
    expect(connection.maxSilenceMs).toBeLessThan(3_500);
    const asked = connection.asked.length;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(connection.asked).toHaveLength(asked);
  });

  it('leases no more once its connection is lost, and has taken back what it leased', async () => {
    store.appendMs = 2_000;
    const claim = claimer.grant(filter, [request], jobIds.length);
    const failed = expect(claim).rejects.toThrow('terminated');
    await jest.advanceTimersByTimeAsync(1_000);
    connection.lost = new Error('terminated');
    await jest.advanceTimersByTimeAsync(60_000);
    await failed;
    expect(await leasedInLog()).toBe(100);
    expect(takenBack.map(({ jobId }) => jobId)).toEqual(expect.arrayContaining(jobIds.slice(0, 100)));
  });
});
