import { type Schema } from '../../platform/http/openapi/answer-schemas.js';
import { schemaOf } from '../../platform/http/validation/schema.js';
import { SubmitJobRequest } from './submit-job.request.js';

const { properties, ...rest } = schemaOf(SubmitJobRequest);
const { execution_at: _, idempotency_key: __, ...others } = properties ?? {};

/** A submit as schedules take it: when it runs, and which job each occurrence is, the rule says. */
export const scheduledJobSchema: Schema = {
  ...rest,
  title: 'ScheduledJobRequest',
  properties: { ...others, type: { type: 'string', enum: ['EXECUTE', 'EMIT_EVENT'] } },
};
