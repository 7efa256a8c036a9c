import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { CreateClient, IssueKey, RenewKey, RevokeKey } from '../domain/client.commands.js';
import { keyOf, newestKeyNamed } from '../domain/client.state.js';
import { ClientWriter } from './client-writer.js';

/** Handlers that only pass commands of clients on. */
export const clientHandlers = [
  handledBy(ClientWriter, CreateClient, (clients, command) => clients.write(command)),
  handledBy(ClientWriter, RevokeKey, (clients, command) => clients.write(command)),
  handledBy(ClientWriter, IssueKey, async (clients, command) => {
    const { client, position } = await clients.write(command);
    const key = newestKeyNamed(client, command.requested.name);
    return { key, isNew: key.keyId === command.key.keyId, position };
  }),
  handledBy(ClientWriter, RenewKey, async (clients, command) => {
    const { client, position } = await clients.write(command);
    return { key: keyOf(client, command.successor.keyId), isNew: true, position };
  }),
];
