import { type StreamDefinition } from '../../kernel/stream-definition.js';
import { type QueueCommand } from './queue.commands.js';
import { type Queue, queueDecider } from './queue.decider.js';
import { type QueueEvent } from './queue.events.js';

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const queueStream: StreamDefinition<Queue, QueueCommand, QueueEvent> = {
  category: 'queue',
  versions: { QueuePaused: 1, QueueResumed: 1, QueueLimited: 1 },
  upcast: {},
  decider: queueDecider,
  // Jobs would wait for good in a queue that no caller can resume.
  standsWithoutBeginning: true,
  // A queue has no code of its own; what is refused is what would happen to its jobs.
  whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' },
  weigh: () => 200,
};
