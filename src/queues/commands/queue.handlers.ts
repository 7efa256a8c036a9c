import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { LimitQueue, PauseQueue, type QueueCommand, ResumeQueue } from '../domain/queue.commands.js';
import { QueueDesk } from './queue-desk.js';

const decide = (desk: QueueDesk, command: QueueCommand) => desk.tell(command);

/** Handlers that only pass commands of queues on. */
export const queueHandlers = [
  handledBy(QueueDesk, LimitQueue, decide),
  handledBy(QueueDesk, PauseQueue, decide),
  handledBy(QueueDesk, ResumeQueue, decide),
];
