import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ClientNotFound } from '../domain/client.refusals.js';
import { ClientDirectory, type ListedClient } from './client-directory.js';

export class GetClient extends Query<ListedClient> {
  constructor(readonly clientId: string) {
    super();
  }
}

@QueryHandler(GetClient)
export class GetClientHandler implements IQueryHandler<GetClient> {
  constructor(private readonly directory: ClientDirectory) {}

  async execute({ clientId }: GetClient): Promise<ListedClient> {
    const client = await this.directory.client(clientId);
    if (client === null) throw new ClientNotFound(clientId);
    return client;
  }
}
