import { describe, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import { PauseQueue, ResumeQueue } from './queue.commands.js';
import { queueDecider } from './queue.decider.js';
import type { QueuePaused, QueueResumed } from './queue.events.js';

const given = specFor(queueDecider);
const of = { queueId: 'q1', clientId: 'c1', queue: 'mail' };
const pause = new PauseQueue('q1', 'c1', 'mail');
const resume = new ResumeQueue('q1', 'c1', 'mail');

describe('a queue', () => {
  const paused = (at: number): QueuePaused => ({ type: 'QueuePaused', data: { ...of, pausedAt: at } });
  const resumed = (at: number): QueueResumed => ({ type: 'QueueResumed', data: { ...of, resumedAt: at } });

  it('is paused once, however often it is asked for', () => {
    given().when(pause, 5).then(paused(5));
    given(paused(5)).when(pause).thenNothing();
  });

  it('flows until it is paused, so there is nothing to resume', () => {
    given().when(resume).thenNothing();
    given(paused(5), resumed(6)).when(resume).thenNothing();
  });

  it('can be paused and resumed again and again', () => {
    given(paused(5)).when(resume, 6).then(resumed(6));
    given(paused(5), resumed(6)).when(pause, 7).then(paused(7));
  });
});
