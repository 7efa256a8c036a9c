import {
  count,
  decimal,
  instant,
  listOf,
  mapOf,
  nullable,
  oneOf,
  pageOf,
  shape,
  text,
  uuid,
  whole,
} from '../../platform/http/openapi/answer-schemas.js';

const follower = {
  name: text,
  version: whole,
  position: nullable(text),
  head: nullable(text),
  lag_events: nullable(count),
  lag_seconds: nullable({ type: 'number', minimum: 0 }),
  state: oneOf('not_started', 'other_version', 'caught_up', 'following', 'stalled'),
};

export const projectionPageSchema = pageOf(
  'ProjectionPage',
  shape('Projection', {
    ...follower,
    parked_streams: listOf(
      shape('ParkedStream', { stream: text, revision: count, event_id: uuid, reason: text, parked_at: instant }),
    ),
  }),
);

export const statusSchema = shape('EngineStatus', {
  version: text,
  store: oneOf('embedded', 'postgres', 'eventstoredb'),
  roles: listOf(text),
  uptime_seconds: count,
  clock_skew_ms: decimal,
  nodes: listOf(shape('Node', { pid: count, address: nullable(text), since: instant })),
  followers: listOf(shape('Follower', { ...follower, kind: oneOf('projection', 'saga'), parked_streams: count })),
  timers: shape('Timers', { waiting: count, overdue: count }),
  parked_streams: count,
});

export const liveSchema = shape('Liveness', { status: oneOf('live') });

export const readySchema = shape('Readiness', {
  status: oneOf('ready', 'not_ready'),
  parts: mapOf(shape('Part', { status: oneOf('ok', 'degraded', 'failing') }, { reason: text })),
});
