import { describing, type Descriptions } from '../../platform/http/openapi/descriptions.js';

const stream = {
  text: 'The name in the event store, or `every stream of client <client id>` where all of a client waits.',
  example: 'job-0198c0de-0000-7000-8000-000000000005',
};

const place = {
  stream,
  kind: '`stream`: one stream; `client`: all of a client, because too many of its streams wait already.',
  client_id: 'The UUID of the client whose stream it is; null where its events name none.',
  revision: 'The place in its stream of the event that could not be applied, counted from 0.',
  position: [
    'The position of the event that could not be applied, as a number in digits. For a client: to where all of it',
    'was applied; null where nothing was.',
  ].join(' '),
  event_id: 'The UUID of the event that could not be applied.',
  reason: 'The error that was met, for people.',
};

export const parkedStreamDescriptions: Descriptions = {
  'ParkedStreamPath.name': { text: 'A read model or a saga, as the status names it.', example: 'jobs' },
  'ParkedStreamPath.stream': { ...stream, text: `${stream.text} Percent-encoded.` },
  ...describing('ParkedStreamEntry', {
    ...place,
    parked_at: 'When the event could not be applied; a release that fails parks it anew.',
    verdict: 'What was decided and is not carried out yet; null: nothing.',
    actor: { text: 'The key that decided so; null where nothing was decided.', example: 'key:operator' },
    verdict_reason: 'Why, in the words of the decision; null where it gave none.',
    decided_at: 'When it was decided, by the clock of the database; null where nothing was.',
  }),
  ...describing('ParkedStreamDecision', {
    ...place,
    verdict: '`release`: it was tried again; `skip`: the event was left out.',
    actor: { text: 'The key that decided so.', example: 'key:operator' },
    verdict_reason: 'Why, in the words of the decision; null where it gave none.',
    decided_at: 'When it was decided, by the clock of the database.',
  }),
  'ReleaseParkedStreamRequest.reason': {
    text: 'Why it can be applied now; kept with the decision.',
    example: 'fixed in 0.2.1',
  },
  'SkipParkedEventRequest.reason': {
    text: 'Why the event is left out; kept for ever.',
    example: 'written by a test, and refers to no job',
  },
  'SkipParkedEventRequest.event_id': {
    text: 'Skips this event alone: where the stream waits behind another one by now, the answer is 404.',
    example: '0198c0de-0000-7000-8000-000000000007',
  },
};
