import {
  anyJson,
  count,
  instant,
  propertiesOf,
  type Schema,
  shape,
  text,
  uuid,
} from '../../platform/http/openapi/answer-schemas.js';
import { type DeliveredBody } from '../../platform/http/openapi/delivered-bodies.js';
import { missedTicks } from '../queries/missed-ticks.contract.js';
import { jobEventNames, missedEventName, testEventName } from '../domain/event-names.js';

const type = 'application/cloudevents+json';

const cloudEvent = {
  specversion: { type: 'string', const: '1.0' },
  id: uuid,
  source: text,
  time: instant,
  datacontenttype: { type: 'string', const: 'application/json' },
};

/** `sequenceOf` of the messages writes it. */
const sequence = { type: 'string', pattern: '^[0-9]{10}$' };

const called = (name: string): Schema => ({ type: 'string', const: `forgerun.${name}` });

/** `type`: of the event, by which its message is called. */
const jobEventMessage = (type: string, name: string, event: Schema, state: Schema): Schema =>
  shape(`${type}Message`, {
    ...cloudEvent,
    type: called(name),
    subject: uuid,
    sequence,
    data: shape(`${type}MessageData`, { event, state }),
  });

const publishedMessage = shape('PublishedMessage', {
  ...cloudEvent,
  type: text,
  subject: uuid,
  sequence,
  data: anyJson,
});

const missedMessage = shape('MissedTicksMessage', {
  ...cloudEvent,
  type: called(missedEventName),
  subject: uuid,
  sequence,
  data: shape('MissedTicksData', {
    event: shape('MissedTicks', {
      ...{ event_id: uuid, event_name: text, revision: count, position: text, timestamp: instant },
      ...propertiesOf(missedTicks.schema),
    }),
  }),
});

const testMessage = shape('TestMessage', {
  ...cloudEvent,
  type: called(testEventName),
  data: shape('TestData', { webhook_id: uuid, event_id: uuid }),
});

/** `job.retry_scheduled` is `receiveJobRetryScheduled`. */
const operationIdFor = (name: string): string =>
  `receive${name
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`;

/** The body of every kind of message that listeners are sent (`messageOf`); `events` of jobs are as their list shows them. */
export const deliveredBodies = (events: Readonly<Record<string, Schema>>, state: Schema): readonly DeliveredBody[] => [
  ...Object.entries(jobEventNames).map(([eventName, name]) => ({
    name,
    operationId: operationIdFor(name),
    summary: `Receive the ${eventName} of a job`,
    schema: jobEventMessage(eventName, name, events[eventName] ?? {}, state),
    type,
  })),
  {
    name: missedEventName,
    operationId: operationIdFor(missedEventName),
    summary: 'Receive the ticks of a schedule that nothing was there to fire',
    schema: missedMessage,
    type,
  },
  {
    name: testEventName,
    operationId: operationIdFor(testEventName),
    summary: 'Receive a test',
    schema: testMessage,
    type,
  },
  {
    name: 'application_event',
    operationId: 'receiveApplicationEvent',
    summary: 'Receive an event that an EMIT_EVENT job published, under the name that it gave',
    schema: publishedMessage,
    type,
  },
];
