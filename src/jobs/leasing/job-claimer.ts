import type pg from 'pg';
import { type Decided, type Streams } from '../../engine/commands/streams.js';
import { type Clock } from '../../platform/clock/clock.js';
import { FairGate } from '../../platform/async/fair-gate.js';
import { type HeldTransaction, whileHeld } from '../../platform/postgres/held-transaction.js';
import { sendTogether } from '../../platform/postgres/send-together.js';
import { type Ids } from '../../platform/ids/ids.js';
import { type JobEvent } from '../domain/job.events.js';
import { type Job } from '../domain/job.state.js';
import { type HeartbeatReception } from './heartbeat-reception.js';
import { charactersOf, leasedAs, leaseOf, mayHaveLeased, type Offer, offersOf, pauseAfter } from './lease-offers.js';
import { type LeasedJob, type LeaseRequest, TooManyWaiting } from './lease-request.js';
import { type Leases, type NewLease } from './leases.js';
import { type LeasePlace, type QueueSlots } from '../../dispatch/queue-slots.js';
import { engineItself, type LeaseFilter } from '../../dispatch/lease-filter.js';
import { type PutBack, putBack, takeReadyJobs } from '../../dispatch/ready-jobs.js';
import { type UndeliveredLeases } from './undelivered-leases.js';
import { jobStream } from '../domain/job.stream.js';
import { asError } from '../../platform/async/as-error.js';
import { allOrFirstError } from '../../platform/async/all-or-first-error.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** What one claim gave to each request, in the order of the requests. */
export interface Granted {
  readonly leased: readonly (readonly LeasedJob[])[];
  /** How many ready jobs were taken out, whatever became of them. */
  readonly taken: number;
  /** In how many milliseconds jobs that were put back can be looked for, each once; none were where it is empty. */
  readonly pausesMs: readonly number[];
}

interface Leased {
  readonly leased: readonly (readonly LeasedJob[])[];
  readonly recorded: readonly NewLease[];
  /** Jobs that are QUEUED still, as far as is known. */
  readonly back: readonly PutBack[];
  /** Where in the log their jobs were leased. */
  readonly places: readonly LeasePlace[];
  /** Whose slot in a limited queue is not needed now. */
  readonly spared: ReadonlySet<string>;
  /** Leases that may have been recorded, or may be yet, and are not in `leased`. */
  readonly inDoubt: readonly Offer[];
}

/** Jobs that are leased together, before it is known what they carry and how long it takes. */
const leasedAtOnce = 100;
/**
 * After so long no more are begun, and what is left stays ready: what one append may take still fits behind it into the time
 * in which a request is answered.
 */
const maxLeasingMs = 3_000;
/** Once a request has been given this much to carry, the rest of its jobs stay ready for the next one. */
const maxPayloadCharacters = 16 * 1024 * 1024;

/** More than there can be: each is made for a request that waits. */
const maxWaiting = 20_000;

interface ClaimerParts {
  readonly pool: pg.Pool;
  readonly streams: Streams;
  readonly leases: Leases;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly slots: QueueSlots;
  readonly undelivered: UndeliveredLeases;
  readonly reception: Pick<HeartbeatReception, 'id'>;
}

/** Gives ready jobs to requests: one claim and one commit for all of them, and one append for a hundred jobs. */
export class JobClaimer {
  /** Claims each hold a connection: those of one client wait for each other, however many it makes. */
  readonly #connections: FairGate;

  constructor(private readonly parts: ClaimerParts) {
    this.#connections = new FairGate({ atOnce: parts.pool.options.max, maxWaiting: maxWaiting });
  }

  async grant(filter: LeaseFilter, requests: readonly LeaseRequest[], most: number): Promise<Granted> {
    return await this.#connections.run(
      filter.clientId ?? engineItself,
      () => this.#claim(filter, requests, most),
      () => new TooManyWaiting(),
    );
  }

  async #claim(filter: LeaseFilter, requests: readonly LeaseRequest[], most: number): Promise<Granted> {
    const { pool, slots, ids, leases, undelivered, reception } = this.parts;
    // The engine's own worker is in this process: what it is given has arrived.
    const grantedBy = filter.clientId === null ? null : reception.id;
    const client = await pool.connect();
    let broken: Error | undefined;
    let offers: readonly Offer[] = [];
    try {
      const grantId = slots.grantId(() => ids.next());
      const [, , ready] = await allOrFirstError(
        sendTogether(
          client,
          () =>
            [
              grantId === null ? Promise.resolve() : slots.reserve(client, grantId, filter, most),
              client.query('begin'),
              takeReadyJobs(client, filter, most, grantId),
            ] as const,
        ),
      );
      if (ready.length > 0) failpoint('claim.taken');
      offers = offersOf(ready, requests, () => ids.next());
      const { leased, recorded, places, back, spared, inDoubt } = await whileHeld(client, (held) =>
        this.#lease(offers, requests, held),
      );
      if (recorded.length > 0) failpoint('claim.leased');
      const kept = ready.map(({ jobId }) => jobId).filter((jobId) => !spared.has(jobId));
      await allOrFirstError(
        sendTogether(client, () => [
          grantId === null ? Promise.resolve() : slots.settle(client, grantId, kept, places),
          putBack(client, back),
          leases.record(client, recorded, grantedBy),
          client.query('commit'),
        ]),
      );
      if (recorded.length > 0) failpoint('claim.recorded');
      undelivered.takeBack(inDoubt.map(leaseOf), { mayComeYet: true });
      return { leased, taken: ready.length, pausesMs: [...new Set(back.map(({ pauseMs }) => pauseMs))] };
    } catch (error) {
      // A dropped connection rolls back: the rows are ready again. No request is answered with what was leased already.
      broken = asError(error);
      undelivered.takeBack(offers.map(leaseOf), { mayComeYet: true });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #lease(offers: readonly Offer[], requests: readonly LeaseRequest[], held: HeldTransaction): Promise<Leased> {
    const leased: LeasedJob[][] = requests.map(() => []);
    const recorded: NewLease[] = [];
    const places: LeasePlace[] = [];
    const back: PutBack[] = [];
    const spared = new Set<string>();
    const inDoubt: Offer[] = [];
    const isFull = ({ request }: Offer): boolean => charactersOf(leased[request] ?? []) >= maxPayloadCharacters;
    for await (const { offer, answer } of this.#decided(offers, isFull, held)) {
      const { job, request, command } = offer;
      if (answer === 'left') {
        back.push({ job, pauseMs: 0 });
        spared.add(job.jobId);
        continue;
      }
      if (answer === undefined || answer instanceof Error) {
        const pauseMs = pauseAfter(answer, this.parts.clock.due());
        if (pauseMs === null) continue;
        back.push({ job, pauseMs });
        if (mayHaveLeased(answer)) inDoubt.push(offer);
        else spared.add(job.jobId);
        continue;
      }
      const given = leasedAs(answer, job, command.leaseId);
      if (given === null) continue;
      leased[request]?.push(given);
      const { leaseId, leaseExpiresAt: expiresAt } = given;
      const clientId = requests[request]?.filter.clientId ?? engineItself;
      recorded.push({ leaseId, jobId: job.jobId, clientId, expiresAt });
      if (given.position !== null) places.push({ jobId: job.jobId, position: given.position });
    }
    return { leased, recorded, places, back, spared, inDoubt };
  }

  /**
   * Some after the others, so that no request is given more than it can carry, nor waits for longer than it will: what is left is
   * not leased at all.
   */
  async *#decided(
    offers: readonly Offer[],
    isFull: (offer: Offer) => boolean,
    held: HeldTransaction,
  ): AsyncGenerator<{ readonly offer: Offer; readonly answer: Decided<Job, JobEvent> | Error | undefined | 'left' }> {
    const lastStart = performance.now() + maxLeasingMs;
    for (let from = 0; from < offers.length; from += leasedAtOnce) {
      held.throwIfLost();
      const some = offers.slice(from, from + leasedAtOnce);
      // The first are always leased, or nothing ever would be where all takes long.
      const isLate = from > 0 && performance.now() > lastStart;
      const left = some.filter((offer) => isLate || isFull(offer));
      const asked = some.filter((offer) => !left.includes(offer));
      const answers = await this.parts.streams.decideOnMany(
        jobStream,
        asked.map(({ job, command }) => ({ id: job.jobId, command })),
      );
      for (const [index, offer] of asked.entries()) yield { offer, answer: answers[index] };
      for (const offer of left) yield { offer, answer: 'left' };
    }
  }
}
