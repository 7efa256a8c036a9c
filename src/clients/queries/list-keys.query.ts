import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ClientNotFound } from '../domain/client.refusals.js';
import { ClientDirectory, type ListedKey } from './client-directory.js';

export class ListKeys extends Query<readonly ListedKey[]> {
  constructor(readonly clientId: string) {
    super();
  }
}

@QueryHandler(ListKeys)
export class ListKeysHandler implements IQueryHandler<ListKeys> {
  constructor(private readonly directory: ClientDirectory) {}

  async execute({ clientId }: ListKeys): Promise<readonly ListedKey[]> {
    const [client, keys] = await Promise.all([this.directory.client(clientId), this.directory.keys(clientId)]);
    if (client === null) throw new ClientNotFound(clientId);
    return keys;
  }
}
