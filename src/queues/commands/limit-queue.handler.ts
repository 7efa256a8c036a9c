import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Position } from '../../kernel/recorded.js';
import { LimitQueue } from '../domain/queue.commands.js';
import { QueueDesk } from './queue-desk.js';

@CommandHandler(LimitQueue)
export class LimitQueueHandler implements ICommandHandler<LimitQueue> {
  constructor(private readonly desk: QueueDesk) {}

  execute(command: LimitQueue): Promise<Position | null> {
    return this.desk.tell(command);
  }
}
