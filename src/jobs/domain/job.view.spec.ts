import { describe, expect, it } from '@jest/globals';
import {
  assigned,
  canceled,
  created,
  definition,
  erased,
  failed,
  progressed,
  queued,
  recorded,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
  timeOf,
} from '../../../test/support/job-events.js';
import { type JobEvent } from './job.events.js';
import { eventsAsOf, historyEntryOf } from './job.history.js';
import { viewOf } from './job.view.js';

const view = (...events: JobEvent[]) => viewOf(recorded(events, timeOf));
const running = [created(), queued(), assigned(), started(), progressed()];
const pending = [...running, failed(), retryScheduled()];

describe('the view of a job', () => {
  it('shows what was asked for', () => {
    expect(view(created())).toEqual({
      ...{ type: 'EXECUTE', workKind: 'email.send', queue: 'default', priority: 5, payload: definition.payload },
      ...{ executionAt: null, tags: { team: 'mail' }, callback: null, correlationId: 'order-7', scheduleId: null },
      ...{ jobId: 'j1', clientId: 'c1', state: 'CREATED', outcome: null, attempt: 0, maxAttempts: 4 },
      ...{ result: null, error: null, createdAt: 0, updatedAt: 0, queuedAt: null, startedAt: null, finishedAt: null },
      ...{ nextRetryAt: null, progress: null, revision: 0 },
    });
  });

  it('is none where its beginning is gone', () => {
    expect(view(queued(), assigned())).toBeNull();
  });

  it('shows a run', () => {
    expect(view(...running)).toMatchObject({
      ...{ state: 'RUNNING', attempt: 1, queuedAt: 0, startedAt: 200, updatedAt: 1_000, revision: 4 },
      ...{ progress: { percent: 10, message: null } },
    });
  });

  it('shows a success', () => {
    expect(view(...running, succeeded())).toMatchObject({
      ...{ state: 'SUCCEEDED', outcome: 'SUCCESS', result: '{"sent":1}', error: null, finishedAt: 5_000 },
    });
  });

  it('shows a pending retry, which is not an outcome', () => {
    expect(view(...pending)).toMatchObject({
      ...{ state: 'FAILED', outcome: null, attempt: 1, nextRetryAt: 6_000, finishedAt: null },
      ...{ error: { code: 'SMTP', message: 'no answer' } },
    });
  });

  it('shows the next attempt without the traces of the one before', () => {
    expect(view(...pending, queued({ reason: 'retry', attempt: 2, queuedAt: 6_000 }))).toMatchObject({
      ...{ state: 'QUEUED', attempt: 2, queuedAt: 6_000, startedAt: null, nextRetryAt: null, progress: null },
    });
  });

  it('shows a failure for good, and its revival', () => {
    const ended = [...running, failed({ willRetry: false }), retriesExhausted()];
    expect(view(...ended)).toMatchObject({ state: 'FAILED', outcome: 'FAILED', finishedAt: 5_000 });
    expect(view(...ended, queued({ reason: 'retry', attempt: 2 }))).toMatchObject({
      ...{ state: 'QUEUED', outcome: null, finishedAt: null },
    });
  });

  it('shows a cancellation', () => {
    expect(view(...running, canceled())).toMatchObject({ state: 'CANCELED', outcome: 'CANCELED', finishedAt: 5_000 });
  });

  it('shows nothing of an erased job', () => {
    expect(view(...running, succeeded(), erased())).toBeNull();
    expect(view(erased())).toBeNull();
  });
});

describe('the past of a job', () => {
  const events = recorded(running, timeOf);

  it('is cut after a revision', () => {
    expect(viewOf(eventsAsOf(events, { revision: 1 }))?.state).toBe('QUEUED');
    expect(eventsAsOf(events, { revision: 99 })).toEqual(events);
  });

  it('is cut at an instant, which counts', () => {
    expect(viewOf(eventsAsOf(events, { at: 99 }))?.state).toBe('QUEUED');
    expect(viewOf(eventsAsOf(events, { at: 100 }))?.state).toBe('ASSIGNED');
    expect(viewOf(eventsAsOf(events, { at: -1 }))).toBeNull();
  });

  it('has no holes where the clock stepped back', () => {
    const stepped = recorded(running, (event) => (event.type === 'JobStarted' ? 50 : timeOf(event)));
    expect(eventsAsOf(stepped, { at: 60 })).toHaveLength(2);
  });

  it('tells each event with who, why and the states around it', () => {
    expect(events.slice(2, 3).map(historyEntryOf)).toEqual([
      {
        ...{ eventId: 'e2', jobId: 'j1', eventName: 'JobAssigned', revision: 2, position: 102n },
        ...{ prevState: 'QUEUED', nextState: 'ASSIGNED', timestamp: 100, attempt: 1, data: assigned().data },
        ...{ actor: 'key:k1', via: null, correlationId: 'order-7', causationId: 'e1' },
      },
    ]);
  });
});
