import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import {
  canceled,
  created,
  definition,
  erased,
  queued,
  succeeded,
  assigned,
  started,
} from '../../../test/support/job-events.js';
import { fold } from '../../kernel/decider.js';
import { QueueDueJob, SubmitJob } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { BrokenHistory } from './job.evolve.js';
import { IdempotencyConflict } from './job.refusals.js';

const given = specFor(jobDecider);
const submit = (changes: Partial<SubmitJob['definition']> = {}, fingerprint = 'f1') =>
  new SubmitJob('j1', 'c1', { ...definition, ...changes }, 'k1', fingerprint);
const deferred = { jobType: 'DEFERRED', executionAt: 9_000 } as const;

describe('submitting a job', () => {
  it('creates it and queues it at once', () => {
    given().when(submit()).then(created(), queued());
  });

  it('queues a job that emits an event at once', () => {
    const emit = { jobType: 'EMIT_EVENT', workKind: 'EMIT_EVENT' } as const;
    given()
      .when(submit(emit))
      .then(created(emit), queued({ workKind: 'EMIT_EVENT' }));
  });

  it('only creates a deferred job', () => {
    given().when(submit(deferred)).then(created(deferred));
  });

  it('says until when it may wait, by the shorter of its limits', () => {
    const timeouts = { executionMs: 1, queueMs: 500, totalMs: 800 };
    given()
      .when(submit({ timeouts }), 50)
      .then(created({ timeouts, createdAt: 50 }), queued({ queuedAt: 50, queueDeadlineAt: 550, totalDeadlineAt: 850 }));
  });

  it('may wait as long as the one limit says that it has, or the nearer one', () => {
    const waits = (queueMs: number | null, totalMs: number | null) =>
      jobDecider
        .decide(submit({ timeouts: { executionMs: 1, queueMs, totalMs } }), jobDecider.initialState, 50)
        .flatMap(({ type, data }) => (type === 'JobQueued' ? [data.queueDeadlineAt] : []));
    expect([waits(500, null), waits(null, 800), waits(900, 800)]).toEqual([[550], [850], [850]]);
  });

  it('counts its limits from the clock that ends them, also after that was set back', () => {
    const timeouts = { executionMs: 1, queueMs: 500, totalMs: 800 };
    const limited = submit({ timeouts });
    const events = jobDecider.decide(limited, jobDecider.initialState, 60_050, 50);
    expect(events).toEqual([
      created({ timeouts, createdAt: 60_050 }),
      queued({ queuedAt: 60_050, queueDeadlineAt: 550, totalDeadlineAt: 850 }),
    ]);
  });

  it('is one fact however often the same request comes', () => {
    given(created(), queued()).when(submit(), 7_000).thenNothing();
    given(created(), queued(), assigned(), started(), succeeded()).when(submit(), 7_000).thenNothing();
  });

  it('refuses a different request under the same key', () => {
    given(created(), queued()).when(submit({}, 'f2')).thenRefused(IdempotencyConflict);
  });

  it('does not bring a deleted job back', () => {
    given(created(), queued(), canceled({}, {}), erased('CANCELED')).when(submit()).thenRefused(IdempotencyConflict);
    given(erased()).when(submit()).thenRefused(IdempotencyConflict);
  });
});

describe('a deferred job', () => {
  it('is queued when its time has come', () => {
    given(created(deferred))
      .when(new QueueDueJob('j1'), 9_000)
      .then(queued({ reason: 'due', queuedAt: 9_000 }));
  });

  it('is not queued a millisecond early', () => {
    given(created(deferred)).when(new QueueDueJob('j1'), 8_999).thenNothing();
  });

  it('counts its total time from its queueing', () => {
    const timeouts = { executionMs: 1, queueMs: null, totalMs: 800 };
    given(created({ ...deferred, timeouts }))
      .when(new QueueDueJob('j1'), 9_500)
      .then(queued({ reason: 'due', queuedAt: 9_500, queueDeadlineAt: 10_300, totalDeadlineAt: 10_300 }));
  });

  it('is queued once however often its timer fires', () => {
    given(created(deferred), queued({ reason: 'due' }))
      .when(new QueueDueJob('j1'), 9_000)
      .thenNothing();
    given().when(new QueueDueJob('j1'), 9_000).thenNothing();
  });
});

describe('the history of a job', () => {
  it('is refused when an event cannot follow the ones before it', () => {
    expect(() => fold(jobDecider, [created(), assigned()])).toThrow(BrokenHistory);
    expect(() => fold(jobDecider, [created(), assigned()])).toThrow(
      'JobAssigned cannot follow in job j1, which is CREATED.',
    );
    expect(() => fold(jobDecider, [created(), queued(), assigned(), assigned()])).toThrow(BrokenHistory);
  });

  it('may begin with the tombstone, when the rest has been cut away', () => {
    expect(fold(jobDecider, [erased()])).toStrictEqual({ state: 'ERASED', clientId: 'c1' });
  });

  it('folds into plain JSON', () => {
    const history = [created(), queued(), assigned(), started()];
    const job = fold(jobDecider, history);
    expect(JSON.parse(JSON.stringify(job))).toStrictEqual(job);
  });
});
