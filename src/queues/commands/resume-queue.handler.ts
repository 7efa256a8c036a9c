import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Position } from '../../kernel/recorded.js';
import { ResumeQueue } from '../domain/queue.commands.js';
import { QueueDesk } from './queue-desk.js';

@CommandHandler(ResumeQueue)
export class ResumeQueueHandler implements ICommandHandler<ResumeQueue> {
  constructor(private readonly desk: QueueDesk) {}

  execute(command: ResumeQueue): Promise<Position | null> {
    return this.desk.tell(command);
  }
}
