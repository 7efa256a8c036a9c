import {
  count,
  instant,
  nullable,
  oneOf,
  pageOf,
  shape,
  text,
  uuid,
} from '../../platform/http/openapi/answer-schemas.js';

export const parkedStreamSchema = shape('ParkedStreamEntry', {
  stream: text,
  kind: oneOf('stream', 'client'),
  client_id: nullable(uuid),
  revision: count,
  position: nullable(text),
  event_id: uuid,
  reason: text,
  parked_at: instant,
  verdict: nullable(oneOf('release', 'skip')),
  actor: nullable(text),
  verdict_reason: nullable(text),
  decided_at: nullable(instant),
});

export const parkedStreamPageSchema = pageOf('ParkedStreamPage', parkedStreamSchema);
