import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CreateClient } from '../domain/client.commands.js';
import { ClientDesk, type ClientOutcome } from './client-desk.js';

@CommandHandler(CreateClient)
export class CreateClientHandler implements ICommandHandler<CreateClient> {
  constructor(private readonly desk: ClientDesk) {}

  async execute(command: CreateClient): Promise<ClientOutcome> {
    return this.desk.tell(command);
  }
}
