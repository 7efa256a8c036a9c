import { describe, expect, it } from '@jest/globals';
import { queueDecider } from './queue.decider.js';
import { queueStream } from './queue.stream.js';

describe('the stream of a queue', () => {
  it('keeps its events under these versions', () => {
    expect(queueStream).toMatchObject({
      category: 'queue',
      versions: { QueuePaused: 1, QueueResumed: 1, QueueLimited: 1 },
    });
  });

  it('goes on without its beginning, and refuses in the words of a job once it is gone', () => {
    expect(queueStream).toMatchObject({
      standsWithoutBeginning: true,
      whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' },
    });
  });

  it('weighs the same whatever was asked for', () => {
    expect(queueStream.weigh(queueDecider.initialState)).toBe(200);
  });
});
