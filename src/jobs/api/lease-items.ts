import { type FastifyRequest } from 'fastify';
import { type CommandSender } from '../../kernel/command-sender.js';
import { type Position } from '../../kernel/recorded.js';
import { type Fault, Refusal } from '../../kernel/refusal.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { UnfitItem } from '../../platform/http/json/malformed-json.js';
import { answerTo, internalProblem, type Problem } from '../../platform/http/problem.js';
import { type Note } from '../../platform/http/validation/mended-text.js';
import { notesOn, readerOf } from '../../platform/http/validation/request-reader.js';
import { type RequestClass } from '../../platform/http/validation/schema.js';
import { type Ids } from '../../platform/ids/ids.js';
import { ExtendLeases } from '../commands/extend-lease.js';
import { EndJobs } from '../commands/job-batches.js';
import { CompleteJob, FailJob, ReportProgress } from '../domain/job.commands.js';
import { type Ended } from '../domain/job.outcomes.js';
import { LeaseNotFound } from '../domain/job.refusals.js';
import { isoOf, isoOrNull } from '../../platform/http/instant-text.js';
import { jobErrorFrom } from './job-error.js';
import { type JobOwners, type OwnLease } from '../queries/job-owners.js';
import { EndItemRequest, HeartbeatItemRequest } from './lease.requests.js';
import { asError } from '../../platform/async/as-error.js';

export const maxItems = 1000;

/** Progress that is written at once for one request. */
const progressAtOnce = 50;

/** What became of one item, in its place. */
export interface AnsweredItem {
  readonly lease_id: string | null;
  readonly status: number;
  readonly job_id?: string;
  readonly state?: string;
  readonly retry_at?: string | null;
  readonly lease_expires_at?: string;
  readonly cancel_requested?: boolean;
  readonly notes?: readonly Note[];
  readonly problem?: Problem;
}

interface AnsweredItems {
  readonly items: readonly AnsweredItem[];
  /** The place of the last event that was written; null where there was none. */
  readonly position: Position | null;
}

/** Items of many leases in one request. Each stands alone; the order is kept. */
export class LeaseItems {
  constructor(
    private readonly commands: CommandSender,
    private readonly owners: JobOwners,
    private readonly ids: Ids,
  ) {}

  /** Completes or fails an attempt for each item. */
  async end(items: readonly unknown[], request: FastifyRequest): Promise<AnsweredItems> {
    const read = items.map((item) => itemFrom(EndItemRequest, item));
    const commands = (await this.#ownLeases(read, request)).map((lease, place) =>
      lease instanceof Refusal
        ? lease
        : commandFor(read[place] as EndItemRequest, lease).because(causeOf(request, this.ids)),
    );
    const good = commands.filter((each): each is CompleteJob | FailJob => !(each instanceof Refusal));
    const ends = await this.commands.send(new EndJobs(good));
    let next = 0;
    const answers = commands.map((command) => (command instanceof Refusal ? command : ends[next++]));
    return {
      items: items.map((item, place) => {
        const answer = answers[place];
        const id = leaseIdIn(item);
        if (answer === undefined || answer instanceof Error) return refused(id, answer, request.id);
        const { jobId, state, retryAt } = answer;
        const notes = notesOn(read[place] ?? {});
        return { lease_id: id, status: 200, job_id: jobId, state, retry_at: isoOrNull(retryAt), ...notes };
      }),
      position: latest(ends),
    };
  }

  /** Extends the lease of each item, and reports its progress. */
  async heartbeat(items: readonly unknown[], request: FastifyRequest): Promise<AnsweredItems> {
    const read = items.map((item) => itemFrom(HeartbeatItemRequest, item));
    const leases = await this.#ownLeases(read, request);
    const good = leases.filter((each): each is OwnLease => !(each instanceof Refusal));
    const extended = await this.commands.send(new ExtendLeases(good));
    let next = 0;
    const beats = leases.map((lease) => (lease instanceof Refusal ? lease : extended[next++]));
    const reports = beats.map((beat, place): ReportProgress | null => {
      const [item, lease] = [read[place], leases[place]];
      if (beat === undefined || beat instanceof Error || beat.cancelRequested) return null;
      if (item === undefined || item instanceof Refusal || lease === undefined || lease instanceof Refusal) return null;
      if (item.progress === undefined) return null;
      const { percent, message } = item.progress;
      const report = new ReportProgress(lease.jobId, lease.leaseId, percent ?? null, message ?? null);
      return report.because(causeOf(request, this.ids));
    });
    const reported = await this.#report(reports);
    return {
      items: items.map((item, place) => {
        const [beat, lease, report] = [beats[place], leases[place], reported[place]];
        const id = leaseIdIn(item);
        if (report instanceof Error) return refused(id, report, request.id);
        if (beat === undefined || beat instanceof Error) return refused(id, beat, request.id);
        const { leaseExpiresAt, cancelRequested } = beat;
        return {
          ...{
            lease_id: id,
            status: 200,
            ...(lease === undefined || lease instanceof Refusal ? {} : { job_id: lease.jobId }),
          },
          ...{ lease_expires_at: isoOf(leaseExpiresAt), cancel_requested: cancelRequested },
          ...notesOn(read[place] ?? {}),
        };
      }),
      position: latest(reported),
    };
  }

  /** In the order of the items: the lease each one names, or why it names none. */
  async #ownLeases(
    read: readonly (EndItemRequest | HeartbeatItemRequest | Refusal)[],
    request: FastifyRequest,
  ): Promise<readonly (OwnLease | Refusal)[]> {
    const named = read.filter((item): item is EndItemRequest | HeartbeatItemRequest => !(item instanceof Refusal));
    const found = await this.owners.leasesOf(
      callerOf(request).clientId,
      named.map(({ lease_id, job_id }) => ({ leaseId: lease_id.toLowerCase(), jobId: job_id?.toLowerCase() ?? null })),
    );
    let next = 0;
    return read.map((item) => {
      if (item instanceof Refusal) return item;
      return found[next++] ?? new LeaseNotFound(item.lease_id.toLowerCase());
    });
  }

  async #report(reports: readonly (ReportProgress | null)[]): Promise<readonly (Ended | Error | null)[]> {
    const reported: (Ended | Error | null)[] = [];
    for (let from = 0; from < reports.length; from += progressAtOnce) {
      const some = reports.slice(from, from + progressAtOnce).map(async (report) => {
        if (report === null) return null;
        return await this.commands.send(report).catch(asError);
      });
      reported.push(...(await Promise.all(some)));
    }
    return reported;
  }
}

/** Checks that a list is one; what is wrong with an item stands in its own answer. Throws `ValidationFailed`. */
export function listFrom(list: unknown, name: string, otherFaults: readonly Fault[] = []): readonly unknown[] {
  const isList = Array.isArray(list);
  const faults = [...otherFaults];
  if (!isList || list.length < 1 || list.length > maxItems)
    faults.push({ pointer: `/${name}`, detail: `must be a list of 1 to ${maxItems} items` });
  if (!isList || faults.length > 0) throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', faults);
  return list;
}

export function latest(written: readonly (null | Error | { readonly position: Position | null })[]): Position | null {
  let found: Position | null = null;
  for (const each of written)
    if (each !== null && !(each instanceof Error) && each.position !== null)
      if (found === null || each.position > found) found = each.position;
  return found;
}

function itemFrom<Item extends object>(of: RequestClass & (new () => Item), item: unknown): Item | Refusal {
  if (item instanceof UnfitItem) return item.fault;
  try {
    return readerOf(of).read(item);
  } catch (cause) {
    if (cause instanceof Refusal) return cause;
    throw cause;
  }
}

function commandFor(item: EndItemRequest, { jobId, leaseId }: OwnLease): CompleteJob | FailJob {
  const { result, error, retryable, retry_after_ms } = item;
  if (error === undefined) return new CompleteJob(jobId, leaseId, result?.text ?? null);
  const asked = retry_after_ms ?? null;
  return new FailJob(jobId, leaseId, jobErrorFrom(error), retryable ?? true, asked, 'error', Math.random());
}

const leaseIdIn = (item: unknown): string | null =>
  typeof item === 'object' && item !== null && 'lease_id' in item && typeof item.lease_id === 'string'
    ? item.lease_id
    : null;

function refused(leaseId: string | null, error: Error | undefined, requestId: string): AnsweredItem {
  const { problem } = error instanceof Refusal ? answerTo(error, requestId) : internalProblem(requestId);
  return { lease_id: leaseId, status: problem.status, problem };
}
