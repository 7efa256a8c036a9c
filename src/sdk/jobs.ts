import { randomUUID } from 'node:crypto';
import { backoffMs, pause } from './backoff.js';
import { Calls, step } from './calls.js';
import {
  type BatchItem,
  type Job,
  type JobChange,
  type JobEvent,
  type JobFilter,
  type Page,
  type Report,
  type Submitted,
  type SubmitRequest,
  type Why,
} from './model.js';
import { fromWire } from './wire.js';

interface ReadJob {
  /** A timestamp or a revision: the job as it was then. */
  readonly asOf?: string | number;
  /** Of an earlier write: the answer knows of it. */
  readonly minPosition?: string;
}

export interface Waiting {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const firstLookMs = 50;
const slowestLookMs = 1_000;

/** Jobs: submit, look at, follow, stop, retry. */
export class Jobs extends Calls {
  async submit(request: SubmitRequest): Promise<Submitted> {
    const { text, headers } = await this.send('POST', '/v1/jobs', withKey(request), true);
    return {
      ...(fromWire(text) as Omit<Submitted, 'position' | 'replayed'>),
      replayed: headers.get('idempotency-replayed') === 'true',
      position: headers.get('forgerun-position'),
    };
  }

  /** Submits up to 1000 jobs at once; each stands alone, and the answers keep the order. */
  async submitMany(requests: readonly SubmitRequest[]): Promise<readonly BatchItem[]> {
    const body = { jobs: requests.map(withKey) };
    return (await this.write<{ items: readonly BatchItem[] }>('POST', '/v1/jobs/batch', body, true)).items;
  }

  get(jobId: string, { asOf, minPosition }: ReadJob = {}): Promise<Job> {
    const headers = minPosition === undefined ? {} : { 'forgerun-min-position': minPosition };
    return this.read<Job>(`/v1/jobs/${step(jobId)}`, { asOf }, headers);
  }

  page(filter: JobFilter = {}): Promise<Page<Job>> {
    return this.read<Page<Job>>('/v1/jobs', { ...filter });
  }

  /** Every job the filter lets through, newest first, fetched page by page as it is iterated. */
  list(filter: Omit<JobFilter, 'cursor'> = {}): AsyncGenerator<Job, void> {
    return this.walk((cursor) => this.page(cursor === undefined ? filter : { ...filter, cursor }));
  }

  report(jobId: string): Promise<Report> {
    return this.read<Report>(`/v1/jobs/${step(jobId)}/report`);
  }

  why(jobId: string): Promise<Why> {
    return this.read<Why>(`/v1/jobs/${step(jobId)}/why`);
  }

  events(jobId: string): AsyncGenerator<JobEvent, void> {
    return this.walk((cursor) => this.read<Page<JobEvent>>(`/v1/jobs/${step(jobId)}/events`, { cursor }));
  }

  /**
   * The job's history, then every new event as it happens, to the one that finishes the job; with `follow` on and on. The
   * signal ends it before. Lost connections are resumed.
   */
  async *tail(
    jobId: string,
    signal: AbortSignal,
    { follow = false }: { readonly follow?: boolean } = {},
  ): AsyncGenerator<JobEvent, void> {
    yield* this.follow<JobEvent>(`/v1/jobs/${step(jobId)}/events${follow ? '?follow=true' : ''}`, signal);
  }

  cancel(jobId: string, reason?: string): Promise<JobChange> {
    return this.write<JobChange>('POST', `/v1/jobs/${step(jobId)}/cancel`, { reason }, true);
  }

  /** Queues a failed job again; `force` also when its attempts are used up. */
  retry(jobId: string, options: { readonly force?: boolean; readonly reason?: string } = {}): Promise<JobChange> {
    // A forced retry that is repeated by accident, after the job has failed once more, would run it a third time.
    return this.write<JobChange>('POST', `/v1/jobs/${step(jobId)}/retry`, options, options.force !== true);
  }

  /** The job once it is over: succeeded, cancelled, or failed with no retry to come. */
  async waitFor(jobId: string, { timeoutMs = 60_000, signal }: Waiting = {}): Promise<Job> {
    const endsAt = performance.now() + timeoutMs;
    for (let looks = 0; ; looks += 1) {
      signal?.throwIfAborted();
      const job = await this.get(jobId);
      if (isOver(job)) return job;
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) throw new Error(`job ${jobId} is still ${job.state} after ${timeoutMs} ms`);
      await pause(Math.min(leftMs, backoffMs(looks, firstLookMs, slowestLookMs)), signal);
    }
  }
}

const withKey = (request: SubmitRequest): SubmitRequest => ({
  ...request,
  idempotencyKey: request.idempotencyKey ?? randomUUID(),
});

const isOver = ({ state, outcome, nextRetryAt }: Job): boolean =>
  state === 'SUCCEEDED' || state === 'CANCELED' || (state === 'FAILED' && outcome === 'FAILED' && nextRetryAt === null);
