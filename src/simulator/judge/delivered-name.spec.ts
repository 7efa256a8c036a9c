import { describe, expect, it } from '@jest/globals';
import { deliveredName, isAskedFor } from './delivered-name.js';

describe('the name of an event that is delivered', () => {
  it.each([
    ['JobCreated', 'job.created'],
    ['JobRetryScheduled', 'job.retry_scheduled'],
    ['JobRetriesExhausted', 'job.retries_exhausted'],
  ])('of %s is %s', (name, delivered) => {
    expect(deliveredName(name)).toBe(delivered);
  });

  it('is asked for by itself, by its beginning, or by everything', () => {
    for (const filter of ['job.created', 'job.*', '*']) expect(isAskedFor('job.created', [filter])).toBe(true);
    for (const filter of ['job.queued', 'order.*', 'job', 'jo.*'])
      expect(isAskedFor('job.created', [filter])).toBe(false);
  });
});
