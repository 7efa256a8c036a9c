import { type Schema } from './answer-schemas.js';
import { type Components } from './components.js';
import { type ApiDescription, type Parameter } from './document.types.js';

/** What listeners are sent when something happens. */
export interface DeliveredBody {
  /** As filters name it, such as `job.succeeded`. */
  readonly name: string;
  /** As the document names the call: a verb and a noun. */
  readonly operationId: string;
  readonly summary: string;
  readonly schema: Schema;
  readonly type: string;
}

/** The `webhooks` of the document: a request of each name, which ForgeRun makes and a listener answers. */
export const deliveriesIn = (delivered: readonly DeliveredBody[], components: Components): ApiDescription['webhooks'] =>
  Object.fromEntries(
    delivered.map(({ name, operationId, summary, schema, type }) => [
      name,
      {
        post: {
          operationId,
          summary,
          description: 'Sent at least once; webhook-id is the same every time.',
          tags: ['webhooks'],
          security: [],
          parameters,
          requestBody: { required: true, content: { [type]: { schema: components.use(schema) } } },
          responses,
        },
      },
    ]),
  );

const header = (name: string, required: boolean, description: string): Parameter => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

const parameters = [
  header('webhook-id', true, 'The delivery; the same over all attempts, so that a repeat is known by it.'),
  header('webhook-timestamp', true, 'When this attempt was made, in seconds since 1970.'),
  header(
    'webhook-signature',
    true,
    'As Standard Webhooks has it: `v1,…`, one for each secret in force, parted by blanks.',
  ),
  header('forgerun-replay', false, '`true` where a past event is sent again because it was asked for.'),
  header('traceparent', false, 'The trace that the event belongs to.'),
];

const responses = {
  '2XX': { description: 'Taken; no further attempt is made.' },
  '410': { description: 'Nobody listens here any more: the webhook is disabled.' },
  default: { description: 'Not taken, redirects included; it is tried again later.' },
};
