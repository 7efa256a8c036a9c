import type { StreamKind } from '../engine/commands/stream-kind.js';
import type { QueueCommand } from './domain/queue.commands.js';
import { type Queue, queueDecider } from './domain/queue.decider.js';
import type { QueueEvent } from './domain/queue.events.js';
import { queueSchemas } from './domain/queue.schemas.js';

export const queueKind: StreamKind<Queue, QueueCommand, QueueEvent> = {
  schemas: queueSchemas,
  decider: queueDecider,
  // Jobs would wait for good in a queue that nobody can resume.
  standsWithoutBeginning: true,
  // A queue has no code of its own; what is refused is what would happen to its jobs.
  whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' },
  weigh: () => 200,
};
