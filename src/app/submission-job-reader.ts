import { type SubmissionReader } from '../jobs/api/submission-reader.js';
import { keptDefinition } from '../jobs/domain/job.commands.js';
import { type JobDefinition } from '../jobs/domain/job.events.js';
import { asJsonText } from '../kernel/json-text.js';
import { type Fault } from '../kernel/refusal.js';
import { ValidationFailed } from '../platform/http/http.refusals.js';
import { JobReader, type JobReading } from '../schedules/api/job-reader.js';

/** Holds the jobs of schedules to what submits are held to: two modules that do not know each other meet here. */
export class SubmissionJobReader extends JobReader {
  constructor(private readonly submissions: SubmissionReader) {
    super();
  }

  read(body: unknown, clientId: string): JobReading {
    const members = body as Readonly<Record<string, unknown>>;
    const { execution_at, idempotency_key, payload: _, ...asked } = members;
    const faults: Fault[] = [];
    if (execution_at !== undefined)
      faults.push({ pointer: '/execution_at', detail: 'is not for schedules: the rule says when' });
    if (idempotency_key !== undefined)
      faults.push({ pointer: '/idempotency_key', detail: 'is not for schedules: each occurrence is a job of its own' });
    if (asked['type'] === 'DEFERRED')
      return { faults: [...faults, { pointer: '/type', detail: 'must be EXECUTE or EMIT_EVENT: the rule says when' }] };
    const submitted = this.#definitionOf({ ...asked, ...payloadIn(members) }, clientId, faults);
    if (submitted === null || faults.length > 0) return { faults };
    const { payload, ...rest } = submitted;
    const { schema: definitionSchema, text: definition } = keptDefinition.write(rest);
    return { job: { asked: asJsonText(JSON.stringify(asked)), definition, definitionSchema, payload } };
  }

  #definitionOf(body: object, clientId: string, faults: Fault[]): JobDefinition | null {
    try {
      return this.submissions.read(body, undefined, clientId).definition;
    } catch (error) {
      if (!(error instanceof ValidationFailed)) throw error;
      faults.push(...error.faults);
      return null;
    }
  }
}

const payloadIn = ({ payload }: Readonly<Record<string, unknown>>): object =>
  payload === undefined ? {} : { payload };
