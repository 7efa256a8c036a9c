import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type QueueCommand } from './queue.commands.js';
import { type QueueEvent } from './queue.events.js';

/**
 * A queue flows unless a caller paused it, and runs as many jobs as there are workers unless a caller limited it. What
 * no event says is not known, because the one that said it may be gone: then the order is recorded, whatever it
 * changes.
 */
export type Queue = { readonly isPaused: boolean | 'unknown'; readonly maxRunning: number | null | 'unknown' };

export const queueDecider: Decider<Queue, QueueCommand, QueueEvent> = {
  initialState: { isPaused: 'unknown', maxRunning: 'unknown' },

  decide(command, { isPaused, maxRunning }, at) {
    const { queueId, clientId, queue } = command;
    switch (command.type) {
      case 'PauseQueue':
        return isPaused === true ? [] : [{ type: 'QueuePaused', data: { queueId, clientId, queue, pausedAt: at } }];
      case 'ResumeQueue':
        return isPaused === false ? [] : [{ type: 'QueueResumed', data: { queueId, clientId, queue, resumedAt: at } }];
      case 'LimitQueue': {
        if (command.maxRunning === maxRunning) return [];
        const limit = { maxRunning: command.maxRunning, limitedAt: at };
        return [{ type: 'QueueLimited', data: { queueId, clientId, queue, ...limit } }];
      }
      default:
        return exhaustive(command);
    }
  },

  evolve(queue, { type, data }) {
    switch (type) {
      case 'QueuePaused':
        return { ...queue, isPaused: true };
      case 'QueueResumed':
        return { ...queue, isPaused: false };
      case 'QueueLimited':
        return { ...queue, maxRunning: data.maxRunning };
      default:
        return exhaustive(type);
    }
  },
};
