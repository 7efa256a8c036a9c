import type { Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import type { QueueCommand } from './queue.commands.js';
import type { QueueEvent } from './queue.events.js';

/** A queue that nobody has paused flows. */
export type Queue = { readonly isPaused: boolean };

export const queueDecider: Decider<Queue, QueueCommand, QueueEvent> = {
  initialState: { isPaused: false },

  decide({ type, queueId, clientId, queue }, { isPaused }, at) {
    switch (type) {
      case 'PauseQueue':
        return isPaused ? [] : [{ type: 'QueuePaused', data: { queueId, clientId, queue, pausedAt: at } }];
      case 'ResumeQueue':
        return isPaused ? [{ type: 'QueueResumed', data: { queueId, clientId, queue, resumedAt: at } }] : [];
      default:
        return exhaustive(type);
    }
  },

  evolve(_queue, { type }) {
    switch (type) {
      case 'QueuePaused':
        return { isPaused: true };
      case 'QueueResumed':
        return { isPaused: false };
      default:
        return exhaustive(type);
    }
  },
};
