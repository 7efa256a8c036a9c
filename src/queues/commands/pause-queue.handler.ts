import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Position } from '../../kernel/recorded.js';
import { PauseQueue } from '../domain/queue.commands.js';
import { QueueDesk } from './queue-desk.js';

@CommandHandler(PauseQueue)
export class PauseQueueHandler implements ICommandHandler<PauseQueue> {
  constructor(private readonly desk: QueueDesk) {}

  execute(command: PauseQueue): Promise<Position | null> {
    return this.desk.tell(command);
  }
}
