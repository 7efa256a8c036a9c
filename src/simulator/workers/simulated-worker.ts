import { pause } from '../../platform/async/pause.js';
import { ForgeRunError, ForgeRunUnreachable } from '../../sdk/forge-run-error.js';
import { type Lease } from '../../sdk/lease-source.js';
import { fromWire } from '../../sdk/wire.js';
import { InFlight } from '../actors/in-flight.js';
import { type PropertyBoard } from '../actors/property-board.js';
import { type Stage } from '../actors/stage.js';
import { ownKinds, rankedKind } from '../plan/catalog-mix.js';
import { type Profile } from '../plan/profiles.js';
import { called } from '../records/call.js';
import { digestOf, digestOfValue } from '../records/digest.js';
import { instantOf } from '../records/instant-of.js';
import { type Tenant } from '../target/tenants.js';
import { BatchEnder } from './batch-ender.js';
import { awaitsCancel, conductOf, endsInBatch, workMsOf } from './conduct-of.js';
import { type Conduct } from './conduct.js';
import { type LeaseBoard } from './lease-board.js';

const leaseMs = 1_500;
const heartbeatMs = 400;
/** Too late for comfort, and in time as a rule. */
const slowHeartbeatMs = 1_300;
/** A zombie that waits in vain for its job to be leased again reports when its lease is surely over. */
const zombieMs = leaseMs + 3_000;
/** By then the next holder has started, and is not done. */
const afterNextLeaseMs = 15;
/** Longer than the first backoff of any job that a worker fails. */
const wishedMs = 400;
/** How often a worker that is to learn of a cancel says that it is alive, and for how long: a cancel comes within a second. */
const awaitingMs = 150;
const maxAwaitMs = 2_000;
/** Too short for any answer to be read. */
const hangUpMs = 1;
const maxAtOnce = 16;
const afterFailureMs = 500;

/** What a worker asks for, and how. */
interface Habit {
  readonly kinds: readonly string[];
  readonly maxJobs: number;
  readonly waitMs: number;
  /** How long it asks for nothing once nothing was left. */
  readonly restMs: number;
}

const eager: Habit = { kinds: ownKinds, maxJobs: 4, waitMs: 1_000, restMs: 0 };
/** Lets jobs pile up, and takes them one by one: in which order it gets them is decided by nothing else. */
export const patient: Habit = { kinds: [rankedKind], maxJobs: 1, waitMs: 100, restMs: 5_000 };

/** A worker that leases the custom kinds of one client, and does not always do what a worker should. */
export class SimulatedWorker {
  readonly #atOnce = new InFlight(maxAtOnce);
  readonly #batches: BatchEnder;
  #isCalm = false;

  constructor(
    private readonly tenant: Tenant,
    private readonly workerId: string,
    private readonly conducts: Profile['conduct'],
    private readonly leased: LeaseBoard,
    private readonly board: PropertyBoard,
    private readonly stage: Stage,
    private readonly habit: Habit = eager,
  ) {
    this.#batches = new BatchEnder(tenant, workerId, stage);
  }

  /** From now on everything that it leases goes well, so that what is left comes to its end. */
  calm(): void {
    this.#isCalm = true;
  }

  /** Works until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const leases = await this.#lease(signal);
      for (const lease of leases) await this.#atOnce.run(() => this.#work(lease, signal));
      if (leases.length === 0 && !this.#isCalm) await pause(this.habit.restMs, signal);
    }
    await this.#atOnce.idle();
  }

  async #lease(signal: AbortSignal): Promise<readonly Lease[]> {
    const { kinds: workKinds, maxJobs: most, waitMs } = this.habit;
    const maxJobs = Math.max(1, Math.min(most, maxAtOnce - this.#atOnce.size));
    const request = { workerId: this.workerId, workKinds, maxJobs, waitMs, leaseMs, start: false };
    try {
      return await this.tenant.client.leases.lease(request, signal);
    } catch (error) {
      if (signal.aborted) return [];
      if (!(error instanceof ForgeRunError || error instanceof ForgeRunUnreachable)) throw error;
      // What it could not lease waits, and is seen to.
      this.stage.recorder.add({
        kind: 'unleased',
        clientId: this.tenant.clientId,
        atMs: this.stage.clock.sinceMs(),
        text: error.message,
      });
      await pause(afterFailureMs, signal);
      return [];
    }
  }

  async #work(lease: Lease, signal: AbortSignal): Promise<void> {
    const { leaseId, jobId, attempt, payload, payloadText, queue, workKind, executionTimeoutMs } = lease;
    const { seed, clock, recorder } = this.stage;
    const { clientId, index: clientIndex, client } = this.tenant;
    const count = this.leased.post(jobId);
    this.board.post(clientIndex, { lease: leaseId });
    const conduct = this.#isCalm ? 'well' : conductOf(this.conducts, seed, { clientIndex, jobId, payload, count });
    const atMs = clock.sinceMs();
    const digest = payloadText === null ? null : digestOf(payloadText);
    const given = { jobId, leaseId, attempt, payload: digest, queue, workKind, executionTimeoutMs };
    recorder.add({ kind: 'lease', clientId, atMs, ...given, workerId: this.workerId, conduct });
    if (conduct === 'crash before start') return;
    const { outcome } = await called(clock, 200, () => client.leases.start(leaseId));
    if (outcome !== 'ok' || conduct === 'crash') return;
    const isInBatch = endsInBatch(seed, { clientIndex, jobId, payload, count });
    await this.#runAs(conduct, lease, isInBatch, signal);
  }

  async #runAs(
    conduct: Exclude<Conduct, 'crash' | 'crash before start'>,
    lease: Lease,
    isInBatch: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const workMs = workMsOf(lease.payload);
    switch (conduct) {
      case 'well':
        if (awaitsCancel(lease.payload)) {
          if (await this.#beat(lease, awaitingMs, maxAwaitMs, signal)) return;
        } else await pause(workMs, signal);
        if (isInBatch)
          await this.#batches.end({ call: 'complete', ...namesOf(lease), members: { result: resultOf(lease) } });
        else await this.#complete(lease);
        return;
      case 'fail':
        await pause(workMs, signal);
        if (isInBatch) await this.#batches.end({ call: 'fail', ...namesOf(lease), members: failureItem(lease) });
        else await this.#fail(lease);
        return;
      case 'hang':
        await this.#beat(lease, heartbeatMs, lease.executionTimeoutMs + 10_000, signal);
        return;
      case 'zombie':
        await this.leased.again(lease.jobId, zombieMs, signal);
        await pause(afterNextLeaseMs, signal);
        await this.#complete(lease);
        return;
      case 'slow heartbeat':
        await this.#beat(lease, slowHeartbeatMs, slowHeartbeatMs * 2 + 100, signal);
        await this.#complete(lease);
        return;
      case 'complete twice':
        await pause(workMs, signal);
        await Promise.all([this.#complete(lease), this.#complete(lease)]);
        return;
      case 'lose the answer':
        await pause(workMs, signal);
        await this.#completeUnheard(lease);
        await this.#complete(lease);
        return;
    }
  }

  /** Sends heartbeats for so long, or until one is refused or says that the job is cancelled; the answer is whether it did. */
  async #beat({ leaseId, jobId }: Lease, everyMs: number, forMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock, recorder } = this.stage;
    const { clientId } = this.tenant;
    const until = clock.sinceMs() + forMs;
    for (let beats = 1; clock.sinceMs() + everyMs < until && !signal.aborted; beats += 1) {
      await pause(everyMs, signal);
      const progress = { percent: Math.min(99, beats), message: null };
      const { answer, ...how } = await called(clock, 200, () => this.tenant.client.leases.heartbeat(leaseId, progress));
      const { cancelRequested = null, leaseExpiresAt: expiresAt = null } = answer ?? {};
      recorder.add({ kind: 'heartbeat', clientId, ...how, jobId, leaseId, cancelRequested, expiresAt });
      if (cancelRequested === true) return true;
      if (how.outcome !== 'ok') return false;
    }
    return false;
  }

  async #complete(lease: Lease): Promise<void> {
    const { leases } = this.tenant.client;
    const result = resultOf(lease);
    await this.#end('complete', lease, () => leases.complete(lease.leaseId, JSON.stringify(result)), { result });
  }

  async #completeUnheard(lease: Lease): Promise<void> {
    const { leaseId } = lease;
    const result = resultOf(lease);
    const path = `/v1/leases/${encodeURIComponent(leaseId)}/complete`;
    const request = {
      method: 'POST',
      path,
      bodyText: JSON.stringify({ result }),
      timeoutMs: hangUpMs,
      maxRetries: 0,
    } as const;
    const send = async () => fromWire((await this.tenant.http.send(request)).text) as Told;
    await this.#end('complete', lease, send, { result, isHangUp: true });
  }

  async #fail(lease: Lease): Promise<void> {
    const error = errorOf(lease);
    const failure = { ...error, retryable: true, retryAfterMs: waitWishedAt(lease.attempt) };
    await this.#end('fail', lease, () => this.tenant.client.leases.fail(lease.leaseId, failure), { error });
  }

  async #end(
    what: 'complete' | 'fail',
    { leaseId, jobId }: Lease,
    call: () => Promise<Told>,
    {
      result,
      error,
      isHangUp = false,
    }: { readonly result?: object; readonly error?: object; readonly isHangUp?: boolean },
  ): Promise<void> {
    const { answer, ...how } = await called(this.stage.clock, 200, call);
    const { clientId } = this.tenant;
    const names = { leaseId, jobId, result: digestOfValue(result), error: digestOfValue(error) };
    const told = { state: answer?.state ?? null, retryAt: instantOf(answer?.retryAt) };
    this.stage.recorder.add({ kind: 'end', clientId, ...how, call: what, ...names, ...told, isHangUp, inBatch: null });
  }
}

/** What is answered to an end. */
interface Told {
  readonly state?: string;
  readonly retryAt?: string | null;
}

/** Another one for each lease, so that it shows whose it is. */
const resultOf = ({ leaseId }: Lease): object => ({ done: true, lease: leaseId });

const errorOf = ({ leaseId }: Pick<Lease, 'leaseId'>) => ({
  code: 'SIMULATED',
  message: `as the seed says of ${leaseId}`,
});

interface FailureItem {
  readonly error: object;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
}

/** At first it says when to come again; then the backoff does. */
const waitWishedAt = (attempt: number): number | null => (attempt === 1 ? wishedMs : null);

const namesOf = ({ leaseId, jobId }: Lease): Pick<Lease, 'leaseId' | 'jobId'> => ({ leaseId, jobId });

function failureItem(lease: Lease): FailureItem {
  const wished = waitWishedAt(lease.attempt);
  return { error: errorOf(lease), retryable: true, ...(wished === null ? {} : { retry_after_ms: wished }) };
}
