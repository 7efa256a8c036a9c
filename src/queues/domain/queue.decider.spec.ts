import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import { LimitQueue, PauseQueue, ResumeQueue } from './queue.commands.js';
import { queueDecider } from './queue.decider.js';
import { type QueueLimited, type QueuePaused, type QueueResumed } from './queue.events.js';

const given = specFor(queueDecider);
const of = { queueId: 'q1', clientId: 'c1', queue: 'mail' };
const pause = new PauseQueue('q1', 'c1', 'mail');
const resume = new ResumeQueue('q1', 'c1', 'mail');

describe('a queue', () => {
  const paused = (at: number): QueuePaused => ({ type: 'QueuePaused', data: { ...of, pausedAt: at } });
  const resumed = (at: number): QueueResumed => ({ type: 'QueueResumed', data: { ...of, resumedAt: at } });

  it('claims nothing that no event has said', () => {
    expect(queueDecider.initialState).toEqual({ isPaused: 'unknown', maxRunning: 'unknown' });
  });

  it('is paused once, however often it is asked for', () => {
    given().when(pause, 5).then(paused(5));
    given(paused(5)).when(pause).thenNothing();
  });

  it('is resumed where no event says that it flows, because that which paused it may be gone', () => {
    given().when(resume, 5).then(resumed(5));
    given(resumed(5)).when(resume).thenNothing();
    given(paused(5), resumed(6)).when(resume).thenNothing();
  });

  it('is limited only where that changes something, and stays so while it is paused', () => {
    const limited = (maxRunning: number | null, at: number): QueueLimited => ({
      type: 'QueueLimited',
      data: { ...of, maxRunning, limitedAt: at },
    });
    const limit = (maxRunning: number | null) => new LimitQueue('q1', 'c1', 'mail', maxRunning);
    given().when(limit(3), 5).then(limited(3, 5));
    given(limited(null, 5)).when(limit(null)).thenNothing();
    given(limited(3, 5), paused(6), resumed(7)).when(limit(3)).thenNothing();
    given(limited(3, 5), paused(6)).when(limit(null), 7).then(limited(null, 7));
  });

  it('loses a limit where no event says that it has none', () => {
    given(paused(5))
      .when(new LimitQueue('q1', 'c1', 'mail', null), 6)
      .then({
        type: 'QueueLimited',
        data: { ...of, maxRunning: null, limitedAt: 6 },
      });
  });

  it('can be paused and resumed again and again', () => {
    given(paused(5)).when(resume, 6).then(resumed(6));
    given(paused(5), resumed(6)).when(pause, 7).then(paused(7));
  });
});
