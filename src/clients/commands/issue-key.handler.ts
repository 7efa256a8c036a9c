import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IssueKey } from '../domain/client.commands.js';
import { newestKeyNamed } from '../domain/client.state.js';
import { ClientDesk, type KeyOutcome } from './client-desk.js';

@CommandHandler(IssueKey)
export class IssueKeyHandler implements ICommandHandler<IssueKey> {
  constructor(private readonly desk: ClientDesk) {}

  async execute(command: IssueKey): Promise<KeyOutcome> {
    const { client, position } = await this.desk.tell(command);
    const key = newestKeyNamed(client, command.wishes.name);
    return { key, isNew: key.keyId === command.key.keyId, position };
  }
}
