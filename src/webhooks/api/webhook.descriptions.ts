import { describing, type Descriptions, mergedDescriptions } from '../../platform/http/openapi/descriptions.js';
import { jobEventNames } from '../domain/event-names.js';

const url = {
  text: 'An http or https address without credentials, to which events are sent by POST.',
  example: 'https://example.com/forgerun',
};
const events = {
  text: 'Which events are sent: names such as `job.failed`, beginnings such as `job.*`, or `*` for all.',
  example: ['job.succeeded', 'job.failed'],
};
const label = { text: 'A label for people; null where there is none.', example: 'Tells the shop' };
const deliveryState = [
  'PENDING: an attempt is to come; DELIVERED: an attempt was answered with 2xx; EXHAUSTED: the last attempt failed;',
  'DROPPED: the webhook was deleted or disabled before.',
].join(' ');

/** The message about one event of a job. */
const messageOf = (type: string): Descriptions => ({
  ...describing(`${type}Message`, {
    subject: { text: 'The UUID of the job that it happened to.', example: '0198c0de-0000-7000-8000-000000000005' },
    type: 'What happened: `forgerun.` and the name that filters use.',
    data: 'What happened, and where it left the job.',
  }),
  ...describing(`${type}MessageData`, {
    event: 'The event, as the list of events shows it.',
    state: { text: 'Where the job stood after it.', example: 'SUCCEEDED' },
  }),
});

export const webhookDescriptions: Descriptions = {
  webhook_id: {
    text: 'The UUID of the webhook, as its registration returned it.',
    example: '0198c0de-0000-7000-8000-000000000004',
  },
  delivery_id: {
    text: 'The UUID of the delivery; its requests carry it as `webhook-id`.',
    example: '0198c0de-0000-7000-8000-000000000007',
  },
  url,
  events,
  enabled: { text: 'Whether events are sent to it.', example: true },
  disabled_reason: {
    text: '`requested`: by a call; `gone`: it answered 410; `failing`: it failed for too long; null while it is enabled.',
    example: null,
  },
  secret: {
    text: 'What signs the requests, as Standard Webhooks has it. Shown only in this answer.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  },
  'Webhook.description': label,
  'CreatedWebhook.description': label,
  'CreateWebhookRequest.description': label,
  'ChangeWebhookRequest.description': label,
  CreateWebhookRequest: {
    text: 'A receiver, and the events that it wants.',
    example: { url: url.example, events: events.example },
  },
  'CreateWebhookRequest.events': { ...events, default: ['*'] },
  ChangeWebhookRequest: {
    text: 'What to change; members that are left out stay as they are.',
    example: { enabled: true },
  },
  'WebhookSecret.webhook_id': {
    text: 'The UUID of the webhook that it signs for; null for the callbacks of jobs.',
    example: '0198c0de-0000-7000-8000-000000000004',
  },
  'WebhookSecret.previous_valid_until': 'Until when the previous secret signs as well; null where there is none.',
  'ReplayRequest.from': { text: 'The start of the range, inclusive.', example: '2026-01-31T08:00:00.000Z' },
  'ReplayRequest.to': {
    text: 'The end of the range, inclusive; now when absent.',
    example: '2026-01-31T09:00:00.000Z',
  },
  'ReplayRequest.types': {
    text: 'Filters as in `events`; those of the webhook when absent.',
    example: ['job.failed'],
  },
  'Replay.replay_id': 'The UUID of this run of past events.',
  DeliveryState: deliveryState,
  'Delivery.webhook_id': {
    text: 'The UUID of the webhook that it goes to; null for the callback of a job.',
    example: '0198c0de-0000-7000-8000-000000000004',
  },
  'Delivery.state': { text: 'Whether it has arrived.', example: 'DELIVERED' },
  'Delivery.event_name': { text: 'What happened, under the dotted name that filters use.', example: 'job.succeeded' },
  'Delivery.event_id': 'The UUID of the event that is sent.',
  'Delivery.job_id': 'The UUID of the job whose event it is; null for events of schedules, and for tests.',
  'Delivery.next_attempt_at': 'When it is sent again; null where it is not.',
  'Delivery.attempts': 'Every request that was made, oldest first.',
  'DeliveryAttempt.attempt': 'The number of the request, counted from 1.',
  'DeliveryAttempt.at': 'When the request was made.',
  'DeliveryAttempt.status': { text: 'The HTTP status of the answer; null where none came.', example: 200 },
  'DeliveryAttempt.duration_ms': 'How long the request took, in milliseconds.',
  'DeliveryAttempt.error': { text: 'Why it did not arrive, for people; null where it did.', example: null },
  'OpenedDelivery.state': { text: 'Whether it has arrived.', example: 'PENDING' },
  specversion: 'The version of the CloudEvents specification.',
  id: {
    text: 'The UUID of the delivery, the same as in `webhook-id`, and the same over all attempts.',
    example: '0198c0de-0000-7000-8000-000000000007',
  },
  source: {
    text: 'The client whose event it is, as a path of this API.',
    example: '/v1/clients/0198c0de-0000-7000-8000-000000000001',
  },
  time: { text: 'When it happened, by the clock of the database.', example: '2026-01-31T08:00:00.000Z' },
  datacontenttype: 'The media type of `data`.',
  sequence: {
    text: 'The revision of the event within its subject, in ten digits, so that texts sort as numbers do.',
    example: '0000000004',
  },
  ...mergedDescriptions(...Object.keys(jobEventNames).map(messageOf)),
  'PublishedMessage.subject': {
    text: 'The UUID of the EMIT_EVENT job that published it.',
    example: '0198c0de-0000-7000-8000-000000000005',
  },
  'PublishedMessage.type': { text: 'The `event_name` that the job gave.', example: 'order.paid' },
  'PublishedMessage.data': { text: 'The `data` that the job gave.', example: { order: 4711 } },
  'MissedTicksMessage.subject': {
    text: 'The UUID of the schedule whose ticks were missed.',
    example: '0198c0de-0000-7000-8000-000000000003',
  },
  'MissedTicksMessage.type': 'What happened: nothing was there to fire these ticks.',
  'MissedTicksMessage.data': 'The event that accounts for the ticks.',
  'MissedTicksData.event': 'Which ticks were missed, and why.',
  'TestMessage.type': 'Marks a test that was asked for, not an event.',
  'TestMessage.data': 'What was tested.',
  'TestData.event_id': 'A new UUID; there is no such event.',
};
