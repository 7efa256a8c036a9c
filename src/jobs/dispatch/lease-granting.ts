import type pg from 'pg';
import type { Streams } from '../../engine/commands/streams.js';
import { StorageUnavailable } from '../../engine/commands/storage.refusals.js';
import { Refusal } from '../../kernel/refusal.js';
import { sendTogether } from '../../platform/postgres/send-together.js';
import type { Ids } from '../../platform/ids/ids.js';
import { LeaseJob } from '../domain/job.commands.js';
import { isHeld } from '../domain/job.state.js';
import { jobKind } from '../job.kind.js';
import type { LeasedJob, LeaseRequest } from './lease-request.js';
import type { Leases, NewLease } from './leases.js';
import type { QueueSlots } from './queue-slots.js';
import { giveBack, type LeaseFilter, type ReadyJob, takeReadyJobs } from './ready-jobs.js';

/** What one claim gave to each request, in the order of the requests. */
export interface Granted {
  readonly leased: readonly (readonly LeasedJob[])[];
  /** How many ready jobs were taken out, whatever became of them. */
  readonly taken: number;
}

interface Leased {
  readonly leased: readonly (readonly LeasedJob[])[];
  readonly recorded: readonly NewLease[];
  /** Jobs whose lease could not be recorded, as far as anybody knows. */
  readonly back: readonly ReadyJob[];
}

interface Offer {
  readonly job: ReadyJob;
  readonly request: number;
  readonly command: LeaseJob;
}

/** Gives ready jobs to requests: one claim, one append, one commit for all of them. */
export class LeaseGranting {
  constructor(
    private readonly pool: pg.Pool,
    private readonly streams: Streams,
    private readonly leases: Leases,
    private readonly ids: Ids,
    private readonly slots: QueueSlots,
  ) {}

  async grant(filter: LeaseFilter, requests: readonly LeaseRequest[], most: number): Promise<Granted> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      const grantId = this.slots.grantId(() => this.ids.next());
      const [, , ready] = await allOf(
        sendTogether(
          client,
          () =>
            [
              grantId === null ? Promise.resolve() : this.slots.reserve(client, grantId, filter, most),
              client.query('begin'),
              takeReadyJobs(client, filter, most, grantId),
            ] as const,
        ),
      );
      const { leased, recorded, back } = await this.lease(ready, requests);
      await allOf(
        sendTogether(client, () => [
          grantId === null
            ? Promise.resolve()
            : this.slots.release(
                client,
                grantId,
                ready.map(({ jobId }) => jobId),
              ),
          giveBack(client, back),
          this.leases.record(client, recorded),
          client.query('commit'),
        ]),
      );
      return { leased, taken: ready.length };
    } catch (error) {
      // A dropped connection rolls back: the rows are ready again, and those already leased conflict and go.
      broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async lease(ready: readonly ReadyJob[], requests: readonly LeaseRequest[]): Promise<Leased> {
    const offers = this.offer(ready, requests);
    const answers = await this.streams.decideOnMany(
      jobKind,
      offers.map(({ job, command }) => ({ id: job.jobId, command })),
    );
    const leased: LeasedJob[][] = requests.map(() => []);
    const recorded: NewLease[] = [];
    const back: ReadyJob[] = [];
    for (const [index, { job, request, command }] of offers.entries()) {
      const answer = answers[index];
      if (answer instanceof StorageUnavailable) back.push(job);
      // Cancelled, taken by another node, or gone: the row was late, and the projection will say so too.
      else if (answer === undefined || answer instanceof Refusal) continue;
      else if (answer instanceof Error) throw answer;
      else if (isHeld(answer.state) && answer.state.lease.leaseId === command.leaseId) {
        const { definition, lease, attempts } = answer.state;
        leased[request]?.push({
          leaseId: lease.leaseId,
          jobId: job.jobId,
          attempt: attempts.number,
          workKind: definition.workKind,
          payload: definition.payload,
          queue: definition.queue,
          executionTimeoutMs: definition.timeouts.executionMs,
          leaseExpiresAt: lease.expiresAt,
          traceparent: answer.standing.traceparent,
          position: answer.position,
        });
        const { jobId, clientId } = job;
        recorded.push({ leaseId: lease.leaseId, jobId, clientId, expiresAt: lease.expiresAt });
      }
    }
    return { leased, recorded, back };
  }

  /** First come, first served: each request is filled before the next gets anything. */
  private offer(ready: readonly ReadyJob[], requests: readonly LeaseRequest[]): Offer[] {
    const offers: Offer[] = [];
    let request = 0;
    let given = 0;
    for (const job of ready) {
      while (given >= (requests[request]?.most ?? Infinity)) {
        request += 1;
        given = 0;
      }
      const asking = requests[request];
      if (asking === undefined) break;
      const { workerId, leaseMs, start, cause } = asking;
      const command = new LeaseJob(job.jobId, this.ids.next(), workerId, leaseMs, start);
      offers.push({ job, request, command: command.because({ ...cause, commandId: command.leaseId }) });
      given += 1;
    }
    return offers;
  }
}

/** All answers, or the first failure once everything that was sent has been answered. */
async function allOf<Answers extends readonly Promise<unknown>[]>(
  answers: readonly [...Answers],
): Promise<{ [Index in keyof Answers]: Awaited<Answers[Index]> }> {
  await Promise.allSettled(answers);
  return await Promise.all(answers);
}
