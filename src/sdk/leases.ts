import { faultsOf, withFaults } from './forge-run-error.js';
import { type HttpConnection } from './http-connection.js';
import { elementSlices, memberSlices } from './json-slices.js';
import {
  type Completion,
  type Failure,
  type HeartbeatAnswer,
  type Lease,
  type LeaseRequest,
  type Progress,
} from './lease-source.js';
import { type JobState } from './model.js';
import { fromWire, toWire } from './wire.js';

/** As it is on the wire. Read by its own names, because renaming was a good part of what a lease cost a worker. */
interface WireLease {
  readonly lease_id: string;
  readonly job_id: string;
  readonly attempt: number;
  readonly work_kind: string;
  readonly payload?: unknown;
  readonly queue: string;
  readonly execution_timeout_ms: number;
  readonly lease_expires_at: string;
  readonly traceparent: string | null;
}

/** What became of the job whose lease was given up. */
interface LeaseEnd {
  readonly jobId: string;
  readonly state: JobState;
}

/** How one item of a batch went; `detail` says why where it did not. */
interface CompletedItem {
  readonly status: number;
  readonly detail: string;
}

/** Shorter than the connection's own: a call that hangs must not outlive the lease it is about. */
const heartbeatTimeoutMs = 5_000;
const reportTimeoutMs = 10_000;

/** The worker calls of the API. */
export class Leases {
  constructor(
    private readonly http: HttpConnection,
    /** Tries after the first of every call but `lease`, which is tried once. */
    private readonly maxRetries: number,
  ) {}

  async lease(request: LeaseRequest, signal?: AbortSignal): Promise<readonly Lease[]> {
    const { text } = await this.http.send({
      method: 'POST',
      path: '/v1/leases',
      bodyText: toWire(request),
      extraTimeoutMs: request.waitMs,
      // A lease whose answer was lost is not asked for again under the same name: the worker simply asks anew.
      maxRetries: 0,
      ...(signal === undefined ? {} : { signal }),
    });
    const { leases } = JSON.parse(text) as { leases: readonly WireLease[] };
    const payloadTexts = new PayloadTexts(text);
    return leases.map((lease, index) => new HttpLease(lease, index, payloadTexts));
  }

  start(leaseId: string): Promise<unknown> {
    return this.#call(leaseId, 'start', '{}');
  }

  async heartbeat(leaseId: string, progress?: Progress): Promise<HeartbeatAnswer> {
    const text = await this.#call(leaseId, 'heartbeat', progress === undefined ? '{}' : heartbeatBody(progress));
    const answer = fromWire(text) as { leaseExpiresAt: string; cancelRequested: boolean };
    return { leaseExpiresAt: Date.parse(answer.leaseExpiresAt), cancelRequested: answer.cancelRequested };
  }

  /** `resultText` is one JSON value as text. */
  async complete(leaseId: string, resultText: string | null): Promise<LeaseEnd> {
    const body = resultText === null ? '{}' : `{"result":${resultText}}`;
    return fromWire(await this.#call(leaseId, 'complete', body)) as LeaseEnd;
  }

  async fail(leaseId: string, failure: Failure): Promise<LeaseEnd & { retryAt: string | null }> {
    const { retryable, retryAfterMs } = failure;
    const body = { error: errorOf(failure), retryable, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
    return fromWire(await this.#call(leaseId, 'fail', toWire(body))) as LeaseEnd & { retryAt: string | null };
  }

  async release(leaseId: string, reason: string | null): Promise<LeaseEnd> {
    return fromWire(await this.#call(leaseId, 'release', toWire(reason === null ? {} : { reason }))) as LeaseEnd;
  }

  async completeMany(items: readonly Completion[]): Promise<readonly CompletedItem[]> {
    const { text } = await this.http.send({
      method: 'POST',
      path: '/v1/leases/complete',
      bodyText: `{"items":[${items.map(completionText).join(',')}]}`,
      repeatable: true,
      timeoutMs: reportTimeoutMs,
      maxRetries: this.maxRetries,
    });
    const answer = JSON.parse(text) as {
      items: readonly { status?: number; problem?: { status?: number; detail?: string; errors?: unknown } }[];
    };
    return answer.items.map(({ status, problem }) => ({
      status: status ?? problem?.status ?? 200,
      detail: withFaults(problem?.detail ?? '', faultsOf(problem?.errors)),
    }));
  }

  async #call(leaseId: string, action: string, bodyText: string): Promise<string> {
    const { text } = await this.http.send({
      method: 'POST',
      path: `/v1/leases/${encodeURIComponent(leaseId)}/${action}`,
      bodyText,
      repeatable: true,
      timeoutMs: action === 'heartbeat' ? heartbeatTimeoutMs : reportTimeoutMs,
      maxRetries: this.maxRetries,
    });
    return text;
  }
}

function heartbeatBody({ percent, message }: Progress): string {
  const progress = { ...(percent === null ? {} : { percent }), ...(message === null ? {} : { message }) };
  return JSON.stringify({ progress });
}

function completionText({ leaseId, outcome }: Completion): string {
  if (outcome.kind === 'failed') {
    const { retryable } = outcome.failure;
    return toWire({ leaseId, error: errorOf(outcome.failure), retryable });
  }
  const id = `"lease_id":${JSON.stringify(leaseId)}`;
  return outcome.resultText === null ? `{${id}}` : `{${id},"result":${outcome.resultText}}`;
}

const errorOf = ({ code, message, stack }: Failure): object => ({
  ...(code === null ? {} : { code }),
  message,
  ...(stack === undefined ? {} : { stack }),
});

/** The raw payloads of one answer, cut out when the first of them is asked for. */
class PayloadTexts {
  #texts: readonly (string | null)[] | null = null;

  constructor(private readonly answerText: string) {}

  at(index: number): string | null {
    this.#texts ??= elementSlices(memberSlices(this.answerText).get('leases') ?? '[]').map(
      (lease) => memberSlices(lease).get('payload') ?? null,
    );
    const text = this.#texts[index];
    return text === undefined || text === 'null' ? null : text;
  }
}

class HttpLease implements Lease {
  readonly leaseId: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly workKind: string;
  readonly payload: unknown;
  readonly queue: string;
  readonly executionTimeoutMs: number;
  readonly leaseExpiresAt: number;
  readonly traceparent: string | null;

  constructor(
    lease: WireLease,
    private readonly index: number,
    private readonly payloadTexts: PayloadTexts,
  ) {
    this.leaseId = lease.lease_id;
    this.jobId = lease.job_id;
    this.attempt = lease.attempt;
    this.workKind = lease.work_kind;
    this.payload = lease.payload ?? null;
    this.queue = lease.queue;
    this.executionTimeoutMs = lease.execution_timeout_ms;
    this.leaseExpiresAt = Date.parse(lease.lease_expires_at);
    this.traceparent = lease.traceparent;
  }

  get payloadText(): string | null {
    return this.payloadTexts.at(this.index);
  }
}
