import { type Descriptions } from '../../platform/http/openapi/descriptions.js';
import {
  orNull,
  type Publication,
  publishedAs,
  publishedInstant,
  publishedJson,
  publishedText,
  publishedTexts,
  publishedUuid,
} from '../../platform/http/openapi/published.js';
import { type JobDefinition } from '../domain/job.events.js';

const textOrNull = orNull(publishedText);

/** What of a definition a job shows, in its first event and ever after. */
export const publishedDefinition = {
  workKind: publishedText,
  queue: publishedText,
  priority: publishedAs<number>({ type: 'integer', minimum: 0, maximum: 9 }),
  payload: orNull(publishedJson),
  executionAt: orNull(publishedInstant),
  tags: publishedTexts,
  callback: textOrNull,
  correlationId: textOrNull,
  scheduleId: orNull(publishedUuid),
} satisfies Publication<Omit<JobDefinition, 'jobType' | 'retry' | 'timeouts'>>;

export const kinds = 'A custom dotted name such as `email.send`, `HTTP_REQUEST`, or one of the synthetic catalog.';

const time = '2026-01-31T08:00:00.000Z';

/** What these members mean, in the request as in every answer. */
export const definitionDescriptions: Descriptions = {
  work_kind: { text: `What is to be done, which decides who runs it. ${kinds}`, example: 'email.send' },
  payload: { text: 'The input of the work, handed on byte for byte.', example: { to: 'ada@example.com' } },
  queue: { text: 'The name of the queue that it waits in for a worker.', example: 'default' },
  priority: { text: '0 is leased first, 9 last.', example: 5 },
  execution_at: { text: 'When a DEFERRED job becomes runnable; it never starts earlier.', example: time },
  tags: { text: 'Labels of the caller’s, name to value, to find jobs by.', example: { team: 'billing' } },
  callback: {
    text: 'An http or https URL that is sent every event of this job.',
    example: 'https://example.com/forgerun',
  },
  correlation_id: {
    text: 'An id of the caller’s for what the job belongs to; events and webhooks carry it.',
    example: 'order-4711',
  },
};
