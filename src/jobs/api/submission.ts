import { createHash } from 'node:crypto';
import type { Fault } from '../../kernel/refusal.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { readerOf } from '../../platform/http/validation/request-reader.js';
import { derivedId, type Ids } from '../../platform/ids/ids.js';
import { type JobDefinition, SubmitJob } from '../domain/job.commands.js';
import { faultsBetweenFields, isTooLateOnly, type SubmissionRules } from './submission.rules.js';
import { idempotencyKey, SubmitJobRequest } from './submit-job.request.js';

/** Reads a submit and turns it into its command, or refuses it with every fault at once. */
export function readSubmission(
  body: unknown,
  headerKey: string | undefined,
  clientId: string,
  rules: SubmissionRules,
  ids: Ids,
): SubmitJob {
  const { request, faults } = shapeOf(body);
  const all = [...faults, ...faultsOfKeys(body, headerKey), ...faultsBetweenFields(body, rules)];
  if (request === null || (all.length > 0 && !isTooLateOnly(all)))
    throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', withoutRepeats(all));
  const definition = definitionOf(request);
  const key = request.idempotency_key ?? headerKey ?? null;
  const jobId = key === null ? ids.next() : derivedId('job', clientId, key);
  const command = new SubmitJob(jobId, clientId, definition, key, fingerprintOf(definition));
  if (all.length > 0) throw new SubmittedTooLate(command, all);
  return command;
}

/** Nothing is wrong but the time: it may be the repeat of a submit that came in time. */
export class SubmittedTooLate extends ValidationFailed {
  constructor(
    readonly command: SubmitJob,
    faults: readonly Fault[],
  ) {
    super('RFA_JOB_VALIDATION_FAILED', faults);
  }
}

function shapeOf(body: unknown): { request: SubmitJobRequest | null; faults: readonly Fault[] } {
  try {
    return { request: readerOf(SubmitJobRequest).read(body), faults: [] };
  } catch (error) {
    if (error instanceof ValidationFailed) return { request: null, faults: error.faults };
    throw error;
  }
}

function faultsOfKeys(body: unknown, headerKey: string | undefined): readonly Fault[] {
  if (headerKey === undefined) return [];
  if (!idempotencyKey.test(headerKey))
    return [{ pointer: '', detail: 'the header Idempotency-Key must be 1 to 200 printable ASCII characters' }];
  const key = typeof body === 'object' && body !== null && 'idempotency_key' in body ? body.idempotency_key : headerKey;
  if (key === headerKey) return [];
  return [{ pointer: '/idempotency_key', detail: 'differs from the header Idempotency-Key' }];
}

/** A missing field is named by its shape and by what it means; once is enough. */
function withoutRepeats(faults: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ pointer, detail }) => {
    const key = JSON.stringify([pointer, detail]);
    return !seen.has(key) && seen.add(key);
  });
}

function definitionOf(request: SubmitJobRequest): JobDefinition {
  const { retry, timeouts } = request;
  return {
    jobType: request.type,
    workKind: request.type === 'EMIT_EVENT' ? 'EMIT_EVENT' : (request.work_kind ?? ''),
    queue: request.queue ?? 'default',
    priority: request.priority ?? 5,
    payload: request.payload?.text ?? null,
    executionAt: request.execution_at === undefined ? null : Date.parse(request.execution_at),
    retry: {
      maxAttempts: retry?.max_attempts ?? 4,
      backoffBaseMs: retry?.backoff_base_ms ?? 1000,
      backoffFactor: retry?.backoff_factor ?? 2,
      backoffMaxMs: retry?.backoff_max_ms ?? 300_000,
      jitter: retry?.jitter ?? 'full',
    },
    timeouts: {
      executionMs: timeouts?.execution_ms ?? 120_000,
      queueMs: timeouts?.queue_ms ?? null,
      totalMs: timeouts?.total_ms ?? null,
    },
    tags: request.tags ?? {},
    callback: request.callback ?? null,
    correlationId: request.correlation_id ?? null,
    scheduleId: null,
  };
}

/** Two requests are the same when they ask for the same job, whether they spell out a default or leave it out. */
function fingerprintOf({ retry, timeouts, tags, ...definition }: JobDefinition): string {
  const { jobType, workKind, queue, priority, payload, executionAt, callback, correlationId } = definition;
  const { maxAttempts, backoffBaseMs, backoffFactor, backoffMaxMs, jitter } = retry;
  const { executionMs, queueMs, totalMs } = timeouts;
  const content = [
    [jobType, workKind, queue, priority, payload, executionAt, callback, correlationId],
    [maxAttempts, backoffBaseMs, backoffFactor, backoffMaxMs, jitter],
    [executionMs, queueMs, totalMs],
    Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1)),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
