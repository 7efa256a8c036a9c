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

const place = {
  stream: text,
  kind: oneOf('stream', 'client'),
  client_id: nullable(uuid),
  revision: count,
  position: nullable(text),
  event_id: uuid,
  reason: text,
};

export const parkedStreamSchema = shape('ParkedStreamEntry', {
  ...place,
  parked_at: instant,
  verdict: nullable(oneOf('release', 'skip')),
  actor: nullable(text),
  verdict_reason: nullable(text),
  decided_at: nullable(instant),
});

export const parkedStreamPageSchema = pageOf('ParkedStreamPage', parkedStreamSchema);

const parkedDecisionSchema = shape('ParkedStreamDecision', {
  ...place,
  verdict: oneOf('release', 'skip'),
  actor: text,
  verdict_reason: nullable(text),
  decided_at: instant,
});

export const parkedDecisionPageSchema = pageOf('ParkedStreamDecisionPage', parkedDecisionSchema);
