import { type Fault } from '../../kernel/refusal.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { readerOf } from '../../platform/http/validation/request-reader.js';
import { derivedId, type Ids } from '../../platform/ids/ids.js';
import { SubmitJob } from '../domain/job.commands.js';
import { type JobDefinition } from '../domain/job.events.js';
import { fingerprintsOf, unkeyedFingerprint } from './fingerprint.js';
import { faultsOfHeaderKey, type HeaderKey } from './idempotency-key.js';
import { faultsBetweenFields, isTooLateOnly, type SubmissionRules } from './submission.rules.js';
import { definitionOf, SubmitJobRequest } from './submit-job.request.js';

/** Reads a submit and turns it into its command, or refuses it with every fault at once. */
export function readSubmission(
  body: unknown,
  header: HeaderKey | undefined,
  clientId: string,
  rules: SubmissionRules,
  ids: Ids,
): SubmitJob {
  const { request, faults } = shapeOf(body);
  const all = [...faults, ...faultsOfKeys(body, header), ...faultsBetweenFields(body, rules)];
  if (request === null || (all.length > 0 && !isTooLateOnly(all)))
    throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', withoutRepeats(all));
  const definition = definitionOf(request);
  const key = request.idempotency_key ?? header?.key ?? null;
  const command = submitOf(clientId, definition, key, ids);
  if (all.length > 0) throw new SubmittedTooLate(command, all);
  return command;
}

function submitOf(clientId: string, definition: JobDefinition, key: string | null, ids: Ids): SubmitJob {
  // Nothing ever comes to the same id, so there is nothing to compare.
  if (key === null) return new SubmitJob(ids.next(), clientId, definition, null, unkeyedFingerprint);
  const [fingerprint, ...former] = fingerprintsOf(definition);
  return new SubmitJob(jobIdOf(clientId, key), clientId, definition, key, fingerprint, former);
}

/** The id of the job that a client's key stands for. */
export const jobIdOf = (clientId: string, key: string): string => derivedId('job', clientId, key);

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

function faultsOfKeys(body: unknown, header: HeaderKey | undefined): readonly Fault[] {
  const faults = faultsOfHeaderKey(header);
  if (header === undefined || faults.length > 0) return faults;
  const key = fieldKeyIn(body);
  if (key === undefined || key === header.key || key === header.quoted) return [];
  return [{ pointer: '/idempotency_key', detail: 'differs from the header Idempotency-Key' }];
}

/** What the body says of its key, whatever that is; undefined where it says nothing. */
export const fieldKeyIn = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'idempotency_key' in body ? body.idempotency_key : undefined;

/** A missing field is named by its shape and by what it means; once is enough. */
function withoutRepeats(faults: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ pointer, detail }) => {
    const key = JSON.stringify([pointer, detail]);
    return !seen.has(key) && seen.add(key);
  });
}
