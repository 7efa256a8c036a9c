import { describe, expect, it } from '@jest/globals';
import { askedDigest, definitionDigest, differencesOf } from './definition.js';

/** As `JobCreated` shows a job of which nothing but kind and type was said. */
const plain = {
  ...{ job_type: 'EXECUTE', work_kind: 'email.send', queue: 'default', priority: 5, execution_at: null, tags: {} },
  ...{ callback: null, correlation_id: null, schedule_id: null, job_id: 'j1', payload: { n: 1 } },
  retry: { max_attempts: 4, backoff_base_ms: 1_000, backoff_factor: 2, backoff_max_ms: 300_000, jitter: 'full' },
  timeouts: { execution_ms: 120_000, queue_ms: null, total_ms: null },
};
const asked = { type: 'EXECUTE', workKind: 'email.send', payload: { n: 1 } } as const;
const differences = (job: object, request: object = {}): readonly string[] =>
  differencesOf(definitionDigest({ ...plain, ...job }), askedDigest({ ...asked, ...request }));

describe('the digest of a definition', () => {
  it('has the documented defaults of what a submit leaves out', () => {
    expect(differences({})).toEqual([]);
    expect(differences({ job_type: 'EMIT_EVENT', work_kind: 'EMIT_EVENT' }, { type: 'EMIT_EVENT' })).toEqual([]);
    expect(differences({ retry: { ...plain.retry, max_attempts: 2 } }, { retry: { maxAttempts: 2 } })).toEqual([]);
    expect(
      differences({ timeouts: { ...plain.timeouts, total_ms: 9 } }, { timeouts: { totalMs: 9 }, idempotencyKey: 'k' }),
    ).toEqual([]);
  });

  it('names each member that is another one', () => {
    for (const [name, value] of Object.entries({
      ...{
        job_type: 'DEFERRED',
        work_kind: 'other',
        queue: 'other',
        priority: 4,
        callback: 'http://a',
        tags: { a: 'b' },
      },
      ...{ correlation_id: 'order', execution_at: '2026-01-31T08:00:00.000Z' },
      ...{ retry: { ...plain.retry, jitter: 'none' }, timeouts: { ...plain.timeouts, queue_ms: 1 } },
    }))
      expect(differences({ [name]: value })).toEqual([name]);
  });

  it('is that of a value, however it is written', () => {
    const executionAt = '2026-01-31T08:00:00.000Z';
    expect(differences({ execution_at: '2026-01-31T09:00:00+01:00' }, { executionAt })).toEqual([]);
    expect(differences({ tags: { b: '2', a: '1' } }, { tags: { a: '1', b: '2' } })).toEqual([]);
    expect(differences({ tags: { a: '2', b: '1' } }, { tags: { a: '1', b: '2' } })).toEqual(['tags']);
  });
});
