import { describe, expect, it } from '@jest/globals';
import {
  assigned,
  canceled,
  created,
  failed,
  queued,
  recorded,
  retryScheduled,
  started,
  succeeded,
  timeOf,
} from '../../../test/support/job-events.js';
import { type JobEvent } from './job.events.js';
import { viewOf } from './job.view.js';
import { type QueueFacts, type Wait, waitsByEvents, waitsInQueue } from './job.waiting.js';

const at = Date.parse('2026-01-31T08:00:00.000Z');
const running = [created(), queued(), assigned(), started()];

function byEvents(events: readonly JobEvent[], now: number): readonly Wait[] {
  const history = recorded(events, timeOf);
  const job = viewOf(history);
  return job === null ? [] : waitsByEvents(job, history, now);
}

function inQueue(facts: QueueFacts): readonly Wait[] {
  const job = viewOf(recorded([created(), queued()], timeOf));
  return job === null ? [] : waitsInQueue(job, facts);
}

describe('a job waits', () => {
  it('for its time, which it names, with the event that set it', () => {
    const deferred = created({ jobType: 'DEFERRED', executionAt: at });
    const id = recorded([deferred], timeOf)[0]?.id;
    expect(byEvents([deferred], at - 1)).toEqual([
      { kind: 'time', text: 'It is queued at its execution_at, 2026-01-31T08:00:00.000Z.', eventId: id },
    ]);
    expect(byEvents([deferred], at)).toMatchObject([
      { text: 'Its execution_at, 2026-01-31T08:00:00.000Z, has come; it is queued within a moment.' },
    ]);
  });

  it('for no time where none is set, and by no event that is not there', () => {
    expect(byEvents([created()], at)).toEqual([]);
    const deferred = recorded([created({ jobType: 'DEFERRED', executionAt: at }), queued()], timeOf);
    const job = viewOf(deferred.slice(0, 1));
    expect(job && waitsByEvents(job, deferred, at)).toMatchObject([{ kind: 'time', eventId: deferred[0]?.id }]);
    expect(job && waitsByEvents(job, [], at)).toStrictEqual([
      { kind: 'time', text: 'Its execution_at, 2026-01-31T08:00:00.000Z, has come; it is queued within a moment.' },
    ]);
  });

  it('for its retry, which it names, with the event that planned it', () => {
    const events = [
      ...running,
      failed(),
      retryScheduled(),
      queued({ attempt: 2 }),
      ...running.slice(2),
      failed(),
      retryScheduled({ retryAt: at }),
    ];
    expect(byEvents(events, 0)).toEqual([
      {
        kind: 'retry',
        text: 'Attempt 2 failed; attempt 3 is queued at 2026-01-31T08:00:00.000Z.',
        eventId: recorded(events, timeOf).at(-1)?.id,
      },
    ]);
  });

  it('for a queue that is paused and a worker that asks, both where both are lacking', () => {
    expect(inQueue({ pausedAt: at, unaskedForMs: 30_000 })).toEqual([
      {
        kind: 'queue_paused',
        text: 'The queue default has been paused since 2026-01-31T08:00:00.000Z; its jobs wait until it is resumed.',
      },
      {
        kind: 'no_worker',
        text: 'No worker has asked for email.send in the queue default for at least 30 s.',
      },
    ]);
    expect(inQueue({ pausedAt: null, unaskedForMs: null })).toEqual([]);
  });
});

describe('a job waits for nothing', () => {
  it.each<[string, readonly JobEvent[]]>([
    ['while it runs', running],
    ['when it is done', [...running, succeeded()]],
    ['when it failed for good', [...running, failed({ willRetry: false })]],
    ['when it was cancelled', [created({ executionAt: at }), canceled()]],
  ])('%s', (_when, events) => {
    expect(byEvents(events, 0)).toEqual([]);
  });
});
