import { describe, expect, it } from '@jest/globals';
import { currentEvent } from '../../engine/commands/upcast.js';
import { canceled, recorded } from '../../../test/support/job-events.js';
import { jobStream } from './job.stream.js';

/** A cancellation as the first version wrote it. */
function readFromV1(reason: string, actor: string): object {
  const [now] = recorded([canceled()], () => 5_000);
  if (now === undefined) throw new TypeError('nothing was recorded');
  const { note: _, ...data } = canceled().data;
  const event = { type: 'JobCanceled', data: { ...data, reason } };
  const before = { ...now, event, metadata: { ...now.metadata, actor, schema: 1 } };
  return currentEvent(jobStream, before).event.data;
}

describe('a cancellation of version 1', () => {
  const known = canceled().data;

  it.each(['queue_timeout', 'total_timeout', 'requeue_limit'] as const)('has the code of the engine: %s', (code) => {
    for (const actor of ['process:waiting-limits', 'worker:w1'])
      expect(readFromV1(code, actor)).toEqual({ ...known, reason: code, note: null });
  });

  it.each(['queue_timeout', 'total_timeout', 'the order was withdrawn'])('has the words of a caller: %s', (words) => {
    for (const actor of ['key:k1', 'key:k1 for c1'])
      expect(readFromV1(words, actor)).toEqual({ ...known, reason: 'requested', note: words });
  });

  it('has no words where nobody said anything', () => {
    expect(readFromV1('requested', 'key:k1')).toEqual({ ...known, reason: 'requested', note: null });
  });

  it('was requested where a schedule said why', () => {
    const words = 'replaced by a later occurrence';
    expect(readFromV1(words, 'process:fired-occurrences')).toEqual({ ...known, reason: 'requested', note: words });
  });
});
