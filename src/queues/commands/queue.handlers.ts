import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Positioned } from '../../kernel/recorded.js';
import { LimitQueue, PauseQueue, type QueueCommand, ResumeQueue } from '../domain/queue.commands.js';
import { queueStream } from '../domain/queue.stream.js';

const decide = async (streams: Streams, command: QueueCommand): Promise<Positioned> => {
  const { position } = await streams.decideOn(queueStream, command.queueId, command);
  return { position };
};

/** Handlers that only pass commands of queues on. */
export const queueHandlers = [
  handledBy(Streams, LimitQueue, decide),
  handledBy(Streams, PauseQueue, decide),
  handledBy(Streams, ResumeQueue, decide),
];
