import { createHash } from 'node:crypto';
import { type History, type HistoryEvent } from '../../src/simulator/judge/history.js';
import { type LoggedEvent, type StoredLog } from '../../src/simulator/log/stored-log.js';
import { began, empty } from './simulated-histories.js';

/** An event before it has its place, its id and its link. */
export interface PlannedEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Beside those that every event has: `key:k`, the event before it, and a second after it. */
  readonly marks?: Readonly<Record<string, unknown>>;
}

/** Writes events as a log has them: one position after the other, one revision after the other in each stream, and linked. */
export function written(planned: readonly PlannedEvent[]): readonly LoggedEvent[] {
  const revisions = new Map<string, number>();
  const events = planned.map(({ stream, type, data, marks = {} }, index): LoggedEvent => {
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const common = {
      at: began + index * 1_000,
      actor: 'key:k',
      correlationId: null,
      causationId: index === 0 ? 'a request' : idAt(index - 1),
      traceparent: null,
      schema: 1,
    };
    const metadata = JSON.stringify({ ...common, ...marks });
    return {
      position: BigInt(index + 1),
      stream,
      revision,
      eventId: idAt(index),
      type,
      data: JSON.stringify(data),
      metadata,
    };
  });
  return linked(events);
}

/** The same events with links that follow, after docs/internals/event-store.md. */
export function linked(events: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const links = new Map<string, string>();
  return events.map((event) => {
    const { stream, eventId, type, data } = event;
    const unlinked = event.metadata.replace(/,"chain":"[^"]*"\}$/, '}');
    const text = [links.get(stream) ?? '', eventId, type, data, unlinked].join('\n');
    const chain = createHash('sha256').update(text).digest('base64url');
    links.set(stream, chain);
    return { ...event, metadata: `${unlinked.slice(0, -1)},"chain":"${chain}"}` };
  });
}

/** As ids of events are: of version 5. */
export const idAt = (index: number): string => {
  const digits = createHash('sha1').update(String(index)).digest('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
};

export const storedLog = (events: readonly LoggedEvent[], cuts: Readonly<Record<string, number>> = {}): StoredLog => ({
  // eslint-disable-next-line @typescript-eslint/require-await
  async *read() {
    yield* events;
  },
  cutOf: (stream) => Promise.resolve(cuts[stream] ?? null),
  close: () => Promise.resolve(),
});

/** What `GET /v1/events` shows the client whose log it is. */
export const shownOf = (events: readonly LoggedEvent[]): History => ({
  ...empty,
  readAt: began + 3_600_000,
  events: events.flatMap((event): HistoryEvent[] => {
    const data = JSON.parse(event.data) as Readonly<Record<string, unknown>>;
    const marks = JSON.parse(event.metadata) as { readonly at: number; readonly actor: string };
    if (!event.stream.startsWith('job-') || data['clientId'] !== empty.clientId) return [];
    const { eventId, revision, type: name } = event;
    const { at, actor } = marks;
    return [
      {
        eventId,
        jobId: event.stream.slice('job-'.length),
        name,
        revision,
        at,
        actor,
        attempt: null,
        digest: '',
        data: {},
      },
    ];
  }),
});
