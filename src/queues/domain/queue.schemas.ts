import type { EventSchemas } from '../../kernel/event-schemas.js';
import type { QueueEvent } from './queue.events.js';
import { queueCategory } from './queue.stream.js';

export const queueSchemas: EventSchemas<QueueEvent> = {
  category: queueCategory,
  versions: { QueuePaused: 1, QueueResumed: 1, QueueLimited: 1 },
  upcast: {},
};
